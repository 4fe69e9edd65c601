using System.Numerics;
using System.Security.Cryptography;

namespace Sento.MySql.SignIn;

/// <summary>
/// Ed25519 signatures. MariaDB's ed25519 plugin takes the password itself, of any length, for the seed of
/// 32 bytes. RFC 8032, Ed25519; MariaDB, Authentication Plugin ed25519.
/// </summary>
internal static class Ed25519Signature
{
    public const int NonceBytes = 32;
    public const int SignatureBytes = 64;

    private static readonly BigInteger Order =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493",
            System.Globalization.CultureInfo.InvariantCulture);

    public static CurvePoint PublicKeyOf(ReadOnlySpan<byte> password)
    {
        var expanded = Expand(password);
        var key = expanded.AsSpan(0, 32) * CurvePoint.Base;
        CryptographicOperations.ZeroMemory(expanded);
        return key;
    }

    public static byte[] Sign(ReadOnlySpan<byte> password, ReadOnlySpan<byte> message)
    {
        if (password.IsEmpty)
            return [];
        var expanded = Expand(password);
        var secret = expanded.AsSpan(0, 32);
        var publicKey = (secret * CurvePoint.Base).Encode();
        var r = Reduce(SHA512.HashData([.. expanded.AsSpan(32), .. message]));
        var commitment = (ToBytes(r) * CurvePoint.Base).Encode();
        var challenge = Reduce(SHA512.HashData([.. commitment, .. publicKey, .. message]));
        var answer = (r + challenge * FromBytes(secret)) % Order;
        CryptographicOperations.ZeroMemory(expanded);
        return [.. commitment, .. ToBytes(answer)];
    }

    public static bool IsValid(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, CurvePoint publicKey)
    {
        if (signature.Length != SignatureBytes)
            return false;
        var answer = FromBytes(signature[32..]);
        if (answer >= Order)
            return false;
        var challenge = Reduce(SHA512.HashData([.. signature[..32], .. publicKey.Encode(), .. message]));
        var commitment = signature[32..] * CurvePoint.Base + ToBytes(challenge) * publicKey.Negated;
        return CryptographicOperations.FixedTimeEquals(commitment.Encode(), signature[..32]);
    }

    private static byte[] Expand(ReadOnlySpan<byte> password)
    {
        var hash = SHA512.HashData(password);
        hash[0] &= 0xf8;
        hash[31] = (byte)(hash[31] & 0x3f | 0x40);
        return hash;
    }

    private static BigInteger Reduce(ReadOnlySpan<byte> hash) => FromBytes(hash) % Order;

    private static BigInteger FromBytes(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    private static ReadOnlySpan<byte> ToBytes(BigInteger number)
    {
        var bytes = new byte[32];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
