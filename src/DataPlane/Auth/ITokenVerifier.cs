using Sento.Base;

namespace Sento.DataPlane.Auth;

/// <summary>Judges the tokens that clients send as passwords, for one proxy.</summary>
/// <remarks>
/// Called on the proxy's loop thread and answers within some ten microseconds, from memory: it never
/// waits. It writes the audit line itself.
/// </remarks>
public interface ITokenVerifier
{
    TokenAnswer Verify(in TokenQuestion question);
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
