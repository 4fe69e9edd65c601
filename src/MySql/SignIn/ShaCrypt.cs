using System.Security.Cryptography;
using System.Text;

namespace Sento.MySql.SignIn;

/// <summary>
/// What caching_sha2_password keeps of a password: SHA-crypt with SHA-256, with a salt of 20 bytes.
/// U. Drepper, Unix crypt using SHA-256 and SHA-512. Milliseconds; not on a loop thread.
/// </summary>
internal static class ShaCrypt
{
    public const int DigestBytes = 43;

    /// <summary>MySQL takes no longer one, and the work grows with its square.</summary>
    public const int PasswordBytesMax = 256;

    private const string Digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>The digest as text, of <see cref="DigestBytes"/> characters.</summary>
    public static string Digest(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int rounds)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> state = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> other = stackalloc byte[SHA256.HashSizeInBytes];
        Append(hash, password, salt, password);
        hash.GetHashAndReset(other);
        Append(hash, password, salt);
        AppendRepeated(hash, other, password.Length);
        for (var bits = password.Length; bits > 0; bits >>= 1)
            hash.AppendData((bits & 1) != 0 ? other : password);
        hash.GetHashAndReset(state);

        for (var i = 0; i < password.Length; i++)
            hash.AppendData(password);
        hash.GetHashAndReset(other);
        var passwords = Repeated(other, password.Length);
        for (var i = 0; i < 16 + state[0]; i++)
            hash.AppendData(salt);
        hash.GetHashAndReset(other);
        var salts = Repeated(other, salt.Length);

        for (var round = 0; round < rounds; round++)
        {
            var isOdd = (round & 1) != 0;
            hash.AppendData(isOdd ? passwords : state);
            if (round % 3 != 0)
                hash.AppendData(salts);
            if (round % 7 != 0)
                hash.AppendData(passwords);
            hash.AppendData(isOdd ? state : passwords);
            hash.GetHashAndReset(state);
        }
        CryptographicOperations.ZeroMemory(passwords);
        return Text(state);
    }

    private static void Append(
        IncrementalHash hash, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third = default)
    {
        hash.AppendData(first);
        hash.AppendData(second);
        hash.AppendData(third);
    }

    private static void AppendRepeated(IncrementalHash hash, ReadOnlySpan<byte> block, int count)
    {
        for (; count > block.Length; count -= block.Length)
            hash.AppendData(block);
        hash.AppendData(block[..count]);
    }

    private static byte[] Repeated(ReadOnlySpan<byte> block, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = block[i % block.Length];
        return bytes;
    }

    /// <summary>Three bytes become four characters, in the order that crypt has always had.</summary>
    private static string Text(ReadOnlySpan<byte> state)
    {
        var text = new StringBuilder(DigestBytes);
        var (a, b, c) = (0, 10, 20);
        for (var i = 0; i < 10; i++)
        {
            Put(text, state[a] << 16 | state[b] << 8 | state[c], 4);
            (a, b, c) = (c + 1, a + 1, b + 1);
        }
        Put(text, state[31] << 8 | state[30], 3);
        return text.ToString();
    }

    private static void Put(StringBuilder text, int bits, int count)
    {
        for (; count > 0; count--, bits >>= 6)
            text.Append(Digits[bits & 0x3f]);
    }
}
