using System.Security.Cryptography;
using Sento.Base;

namespace Sento.Identity.Principals;

/// <summary>Finds the secret and the principal that a key's id and its session token name.</summary>
/// <remarks>
/// Whoever is not found still gets a secret to compute with, a random one: an unknown key takes as long as
/// a known one with a wrong signature.
/// </remarks>
public sealed class CredentialResolver(IIdentitySource identities, SessionTokens sessions)
{
    /// <summary>
    /// Ids of temporary keys begin with this; they go with a session token, others without.
    /// </summary>
    public const string TemporaryKeyPrefix = "ASIA";

    private readonly SecretBytes _dummy = new(RandomNumberGenerator.GetBytes(40));

    public ResolvedCredential Resolve(string accessKeyId, string? sessionToken, DateTimeOffset now)
    {
        if (sessionToken is not null)
            return ResolveSession(accessKeyId, sessionToken, now);
        if (accessKeyId.StartsWith(TemporaryKeyPrefix, StringComparison.Ordinal))
            return Unknown(CredentialStatus.TokenMissing);
        var key = identities.FindAccessKey(accessKeyId);
        if (key is null)
            return Unknown(CredentialStatus.KeyUnknown);
        return key.IsActive
            ? new ResolvedCredential(CredentialStatus.Good, key.Secret, key.Owner)
            : Unknown(CredentialStatus.KeyInactive);
    }

    private ResolvedCredential ResolveSession(string accessKeyId, string sessionToken, DateTimeOffset now)
    {
        if (!accessKeyId.StartsWith(TemporaryKeyPrefix, StringComparison.Ordinal))
            return Unknown(CredentialStatus.TokenNotExpected);
        if (!sessions.TryOpen(sessionToken, out var session) || session.AccessKeyId != accessKeyId)
            return Unknown(CredentialStatus.TokenInvalid);
        if (now >= session.ExpiresAt)
            return Unknown(CredentialStatus.TokenExpired);
        var principal = session.BecomePrincipal(identities);
        return principal is null
            ? Unknown(CredentialStatus.TokenRevoked)
            : new ResolvedCredential(CredentialStatus.Good, SecretBytes.FromText(session.Secret), principal);
    }

    private ResolvedCredential Unknown(CredentialStatus status) => new(status, _dummy, null);
}

public enum CredentialStatus
{
    Good,
    KeyUnknown,
    KeyInactive,

    /// <summary>A temporary key without its session token.</summary>
    TokenMissing,

    /// <summary>A session token beside a long-term key.</summary>
    TokenNotExpected,

    /// <summary>Not issued here, altered, or of another key.</summary>
    TokenInvalid,
    TokenExpired,

    /// <summary>The user or role is gone, or its sessions of that time have been revoked.</summary>
    TokenRevoked,
}

/// <param name="Secret">To compute with; a random one unless the status is Good.</param>
/// <param name="Principal">Set when the status is Good.</param>
public readonly record struct ResolvedCredential(
    CredentialStatus Status, SecretBytes Secret, Principal? Principal);
