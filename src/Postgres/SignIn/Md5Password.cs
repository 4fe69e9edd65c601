using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.SignIn;

/// <summary>
/// PostgreSQL's MD5 scheme: "md5" and 32 lower-case hexadecimal digits. PostgreSQL 18, Message Flow.
/// </summary>
public static class Md5Password
{
    /// <summary>Bytes of a verifier and of an answer.</summary>
    public const int Bytes = 35;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>What pg_authid keeps: the hash of the password and the user name.</summary>
    public static byte[] Verifier(ReadOnlySpan<byte> password, string user)
    {
        byte[] text = [.. password, .. Encoding.UTF8.GetBytes(user)];
        var verifier = Hash(text);
        CryptographicOperations.ZeroMemory(text);
        return verifier;
    }

    /// <summary>What a client sends: the hash of the verifier's digits and the salt.</summary>
    public static byte[] Answer(ReadOnlySpan<byte> verifier, ReadOnlySpan<byte> salt)
    {
        Invariant.Holds(IsVerifier(verifier));
        return Hash([.. verifier["md5".Length..], .. salt]);
    }

    public static bool IsVerifier(ReadOnlySpan<byte> text) =>
        text.Length == Bytes && text.StartsWith("md5"u8)
        && !text["md5".Length..].ContainsAnyExcept(Digits);

    private static byte[] Hash(ReadOnlySpan<byte> text) =>
        [.. "md5"u8, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(MD5.HashData(text)))];
}
