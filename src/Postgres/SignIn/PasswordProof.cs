using System.Collections.Immutable;
using System.Security.Cryptography;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres.SignIn;

/// <summary>
/// Compares what a client sent with what its user has. Same work for users who do not exist.
/// </summary>
internal static class PasswordProof
{
    /// <summary>
    /// What the exchange is made with; the mock where the user has none, and then it must fail.
    /// </summary>
    public static ScramVerifier VerifierOf(ClientSignInTerms terms) => terms.Credential switch
    {
        ClientCredential.Password known => known.Verifier,
        ClientCredential.Stored { Verifier: PasswordVerifier.Scram stored } => stored.Verifier,
        _ => terms.Mock,
    };

    public static ImmutableArray<ScramVerifier> OthersOf(ClientSignInTerms terms) =>
        terms.Credential is ClientCredential.Password known
            ? [.. known.Others.Select(other => other.Verifier)]
            : [];

    /// <summary>
    /// SCRAM with this user cannot end well: there is none, or its verifier is of the other kind.
    /// </summary>
    public static bool IsDoomed(ClientSignInTerms terms) => terms.Credential
        is not (ClientCredential.Password or ClientCredential.Stored { Verifier: PasswordVerifier.Scram });

    /// <summary>Under the MD5 method a SCRAM verifier is proved by SCRAM, as in PostgreSQL.</summary>
    public static bool HasScramOnly(ClientSignInTerms terms) => terms.Credential
        is ClientCredential.Stored { Verifier: PasswordVerifier.Scram }
        or ClientCredential.Unknown { Kind: UnknownKind.Stored };

    /// <summary>Null: only PBKDF2 can tell.</summary>
    public static bool? IsPassword(ClientSignInTerms terms, ReadOnlySpan<byte> password)
    {
        switch (terms.Credential)
        {
            case ClientCredential.Password known:
                var isRight = IsSame(password, known.Secret.Span);
                foreach (var (secret, _) in known.Others)
                    isRight |= IsSame(password, secret.Span);
                return isRight;
            case ClientCredential.Stored { Verifier: PasswordVerifier.Md5 stored }:
                var verifier = Md5Password.Verifier(password, terms.User);
                return CryptographicOperations.FixedTimeEquals(verifier, stored.Text);
            case ClientCredential.Unknown { Kind: UnknownKind.Password }:
                return IsSame(password, terms.Mock.StoredKey) & false;
            default:
                return null;
        }
    }

    public static bool IsMd5Answer(
        ClientSignInTerms terms, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> answer)
    {
        var verifier = terms.Credential switch
        {
            ClientCredential.Password known => Md5Password.Verifier(known.Secret.Span, terms.User),
            ClientCredential.Stored { Verifier: PasswordVerifier.Md5 stored } => stored.Text.ToArray(),
            // The mock's key stands in for the password, so that the work is the same.
            _ => Md5Password.Verifier(terms.Mock.StoredKey, terms.User),
        };
        var isRight = CryptographicOperations.FixedTimeEquals(Md5Password.Answer(verifier, salt), answer);
        foreach (var (secret, _) in (terms.Credential as ClientCredential.Password)?.Others ?? [])
        {
            var other = Md5Password.Answer(Md5Password.Verifier(secret.Span, terms.User), salt);
            isRight |= CryptographicOperations.FixedTimeEquals(other, answer);
        }
        return isRight & terms.Credential is ClientCredential.Password
                or ClientCredential.Stored { Verifier: PasswordVerifier.Md5 };
    }

    /// <summary>
    /// Compares digests of the prepared texts, so that time tells nothing of the secret's length.
    /// </summary>
    private static bool IsSame(ReadOnlySpan<byte> password, ReadOnlySpan<byte> secret)
    {
        var prepared = SaslPrep.Prepare(password);
        var expected = SaslPrep.Prepare(secret);
        var isSame = CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(prepared), SHA256.HashData(expected));
        CryptographicOperations.ZeroMemory(prepared);
        CryptographicOperations.ZeroMemory(expected);
        return isSame;
    }
}
