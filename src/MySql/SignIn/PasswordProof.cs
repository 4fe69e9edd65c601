using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.MySql.SignIn;

/// <summary>
/// A password's proofs by challenge and answer: mysql_native_password over SHA-1, caching_sha2_password
/// over SHA-256. MySQL Internals, Authentication Method.
/// </summary>
internal static class PasswordProof
{
    /// <summary>SHA1(password) XOR SHA1(salt, SHA1(SHA1(password))).</summary>
    public static byte[] Native(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        if (password.IsEmpty)
            return [];
        return NativeOf(SHA1.HashData(password), salt);
    }

    /// <param name="once">SHA1(password): all that this proof needs.</param>
    public static byte[] NativeOf(ReadOnlySpan<byte> once, ReadOnlySpan<byte> salt) =>
        Xor(once, Sha1Of(salt, SHA1.HashData(once)));

    public static byte[] NativeTwice(ReadOnlySpan<byte> password) => SHA1.HashData(SHA1.HashData(password));

    /// <param name="twice">SHA1(SHA1(password)).</param>
    public static bool IsNative(
        ReadOnlySpan<byte> proof, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> twice) =>
        NativeOnce(proof, salt, twice) is not null;

    /// <summary>SHA1(password), which the proof shows whoever has <paramref name="twice"/>.</summary>
    /// <returns>Null: the proof is wrong.</returns>
    public static byte[]? NativeOnce(
        ReadOnlySpan<byte> proof, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> twice)
    {
        if (proof.Length != SHA1.HashSizeInBytes)
            return null;
        var once = Xor(proof, Sha1Of(salt, twice));
        return CryptographicOperations.FixedTimeEquals(SHA1.HashData(once), twice) ? once : null;
    }

    /// <summary>SHA256(password) XOR SHA256(SHA256(SHA256(password)), salt).</summary>
    public static byte[] CachingSha2(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        if (password.IsEmpty)
            return [];
        var once = SHA256.HashData(password);
        return Xor(once, Sha256Of(SHA256.HashData(once), salt));
    }

    public static byte[] CachingSha2Twice(ReadOnlySpan<byte> password) =>
        SHA256.HashData(SHA256.HashData(password));

    /// <param name="twice">SHA256(SHA256(password)).</param>
    public static bool IsCachingSha2(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> twice)
    {
        if (proof.Length != SHA256.HashSizeInBytes)
            return false;
        var once = Xor(proof, Sha256Of(twice, salt));
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(once), twice);
    }

    /// <summary>
    /// What goes encrypted by the server's key: the password with its closing zero, XOR the salt.
    /// </summary>
    public static byte[] Obscure(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        var text = new byte[password.Length + 1];
        password.CopyTo(text);
        for (var i = 0; i < text.Length; i++)
            text[i] ^= salt[i % salt.Length];
        return text;
    }

    /// <summary>The password out of <see cref="Obscure"/>; null: it has no end.</summary>
    public static byte[]? Reveal(byte[] obscured, ReadOnlySpan<byte> salt)
    {
        for (var i = 0; i < obscured.Length; i++)
            obscured[i] ^= salt[i % salt.Length];
        return obscured.Length > 0 && obscured[^1] == 0 ? obscured[..^1] : null;
    }

    /// <summary>A salt as servers make them: no zero, which would end it, and no dollar sign.</summary>
    public static byte[] NewSalt()
    {
        var salt = RandomBytes.Next(Wire.Greeting.SaltBytes);
        for (var i = 0; i < salt.Length; i++)
        {
            salt[i] &= 0x7f;
            if (salt[i] is 0 or (byte)'$')
                salt[i]++;
        }
        return salt;
    }

    public static byte[] PublicKeyText(RSA key) =>
        Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n");

    private static byte[] Sha1Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<byte> both = stackalloc byte[first.Length + second.Length];
        first.CopyTo(both);
        second.CopyTo(both[first.Length..]);
        return SHA1.HashData(both);
    }

    private static byte[] Sha256Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<byte> both = stackalloc byte[first.Length + second.Length];
        first.CopyTo(both);
        second.CopyTo(both[first.Length..]);
        return SHA256.HashData(both);
    }

    private static byte[] Xor(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var result = new byte[a.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = (byte)(a[i] ^ b[i]);
        return result;
    }
}
