using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.Identity.SigV4;

/// <summary>The key of one day, region and service, derived from a secret; and what it signs.</summary>
/// <remarks>AWS Signature Version 4, Calculate the signature.</remarks>
public sealed class SigningKey : IDisposable
{
    private const int HashBytes = 32;
    private const string Algorithm = "AWS4-HMAC-SHA256";

    private readonly byte[] _key;

    private SigningKey(byte[] key) => _key = key;

    public static SigningKey Derive(SecretBytes secret, CredentialScope scope)
    {
        var seed = new byte[4 + secret.Length];
        "AWS4"u8.CopyTo(seed);
        secret.Span.CopyTo(seed.AsSpan(4));
        var key = new byte[HashBytes];
        HMACSHA256.HashData(seed, Encoding.UTF8.GetBytes(scope.Date), key);
        CryptographicOperations.ZeroMemory(seed);
        Chain(key, scope.Region);
        Chain(key, scope.Service);
        Chain(key, "aws4_request");
        return new SigningKey(key);
    }

    public static string StringToSign(CredentialScope scope, string amzDate, string canonicalRequest)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)));
        return $"{Algorithm}\n{amzDate}\n{scope.Text}\n{hash}";
    }

    public byte[] Sign(string stringToSign) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(stringToSign));

    /// <summary>Compares in time that tells nothing.</summary>
    public bool IsSignature(ReadOnlySpan<byte> signature, string stringToSign) =>
        CryptographicOperations.FixedTimeEquals(Sign(stringToSign), signature);

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    internal ReadOnlySpan<byte> Bytes => _key;

    private static void Chain(byte[] key, string step)
    {
        Span<byte> next = stackalloc byte[HashBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step), next);
        next.CopyTo(key);
        CryptographicOperations.ZeroMemory(next);
    }
}
