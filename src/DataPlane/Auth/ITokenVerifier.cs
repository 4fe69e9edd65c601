using Sento.Base;

namespace Sento.DataPlane.Auth;

/// <summary>Judges the tokens that clients send as passwords, for one proxy.</summary>
/// <remarks>
/// Called on the proxy's loop thread and answers within some ten microseconds, from memory: it never
/// waits. It writes the audit line itself.
/// </remarks>
public interface ITokenVerifier
{
    /// <param name="later">
    /// Called from any thread, once, when somebody else had to be asked: what it is given is to be run on the
    /// proxy's loop, and answers. It need not be run for a client that has left.
    /// </param>
    /// <returns>Null: <paramref name="later"/> will be called.</returns>
    TokenAnswer? Verify(in TokenQuestion question, Action<Func<TokenAnswer>> later);
}

/// <summary>Whether a password is meant as a token, where passwords do as well.</summary>
public static class TokenForm
{
    /// <summary>
    /// A sign-in token of RDS, a web identity token (a JWT), or a presigned request to STS: no password looks
    /// like that.
    /// </summary>
    public static bool IsToken(ReadOnlySpan<byte> password) =>
        password.IndexOf("&X-Amz-Signature="u8) >= 0 || IsCaller(password) || IsWebToken(password);

    /// <summary>As aws eks get-token makes it.</summary>
    public static bool IsCaller(ReadOnlySpan<byte> password) => password.StartsWith("k8s-aws-v1."u8);

    /// <summary>Three parts of base64url, the first of which begins with an object's name.</summary>
    public static bool IsWebToken(ReadOnlySpan<byte> password)
    {
        if (password.Length < WebTokenBytesMin || !password.StartsWith("eyJ"u8))
            return false;
        var dots = 0;
        foreach (var c in password)
        {
            if (c == (byte)'.')
                dots++;
            else if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'-' or (byte)'_'))
                return false;
        }
        return dots == 2;
    }

    private const int WebTokenBytesMin = 64;
}

/// <param name="User">Who wants to sign in to the database.</param>
/// <param name="Peer">Where the client dials from, as in the log.</param>
public readonly record struct TokenQuestion(
    SecretBytes Token, string User, string Endpoint, long ClientConnection, string Peer);

/// <summary>Whether a user's password may, or must, be a token.</summary>
public enum TokenUse { None, Accepted, Required }

public enum TokenVerdict
{
    Refused,
    Accepted,

    /// <summary>Good, but its principal has had its share of this second.</summary>
    TooMany,
}

/// <param name="Principal">Whose token it was, when accepted; for logs and lists.</param>
public readonly record struct TokenAnswer(TokenVerdict Verdict, string? Principal);
