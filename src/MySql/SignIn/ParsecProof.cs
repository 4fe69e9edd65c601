using System.Security.Cryptography;

namespace Sento.MySql.SignIn;

/// <summary>
/// MariaDB's parsec plugin: a key is derived from the password, and signs what both sides have thought up.
/// MariaDB, Authentication Plugin PARSEC.
/// </summary>
internal static class ParsecProof
{
    public const int NonceBytes = 32;
    public const int SaltBytes = 18;

    /// <summary>A client's nonce and its signature of both.</summary>
    public const int ProofBytes = NonceBytes + Ed25519Signature.SignatureBytes;

    /// <summary>1,024 rounds, as MariaDB has it.</summary>
    private const byte OwnFactor = 0;

    /// <summary>A million rounds: more than that would let a server keep us busy.</summary>
    private const int FactorMax = 10;

    private const byte Pbkdf2 = (byte)'P';

    /// <summary>How the key is to be derived, as it goes over the wire: 'P', int&lt;1&gt;, salt.</summary>
    public static byte[] TermsOf(ReadOnlySpan<byte> salt) => [Pbkdf2, OwnFactor, .. salt];

    /// <returns>False: it is nothing that we do.</returns>
    public static bool AreTerms(ReadOnlySpan<byte> terms) =>
        terms.Length == 2 + SaltBytes && terms[0] == Pbkdf2 && terms[1] <= FactorMax;

    /// <summary>A millisecond or more of work.</summary>
    public static CurvePoint PublicKeyOf(ReadOnlySpan<byte> password, ReadOnlySpan<byte> terms)
    {
        var seed = SeedOf(password, terms);
        var key = Ed25519Signature.PublicKeyOf(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>What a client answers. The same work.</summary>
    public static byte[] Of(ReadOnlySpan<byte> password, ReadOnlySpan<byte> terms, ReadOnlySpan<byte> nonce)
    {
        var seed = SeedOf(password, terms);
        var own = RandomNumberGenerator.GetBytes(NonceBytes);
        var signature = Ed25519Signature.Sign(seed, [.. nonce, .. own]);
        CryptographicOperations.ZeroMemory(seed);
        return [.. own, .. signature];
    }

    public static bool IsValid(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> nonce, CurvePoint key) =>
        proof.Length == ProofBytes
        && Ed25519Signature.IsValid(proof[NonceBytes..], [.. nonce, .. proof[..NonceBytes]], key);

    private static byte[] SeedOf(ReadOnlySpan<byte> password, ReadOnlySpan<byte> terms) =>
        Rfc2898DeriveBytes.Pbkdf2(password, terms[2..], 1024 << terms[1], HashAlgorithmName.SHA512, 32);
}
