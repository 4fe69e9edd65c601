using System.Collections.Immutable;
using System.Net;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Identity.SigV4;

namespace Sento.Identity.DbAuth;

/// <summary>Decides whether a token lets its bearer sign in as a database user. Pure; any thread.</summary>
/// <remarks>
/// A token may be used again while it lasts, as at AWS: pools rely on it. It says who may connect and is
/// not looked at again; a session outlives its token.
/// </remarks>
public sealed class DbAuthVerifier(CredentialResolver credentials)
{
    public const string Service = "rds-db";
    public const string ConnectAction = "rds-db:connect";

    public static bool LooksLikeToken(ReadOnlySpan<byte> password) => DbAuthToken.LooksLikeOne(password);

    /// <param name="dbUser">Who wants to sign in, as the database's protocol said.</param>
    /// <param name="source">Null: from a Unix socket.</param>
    public DbAuthResult Verify(
        string text, string dbUser, DbAuthTerms terms, IPAddress? source, DateTimeOffset now)
    {
        var read = DbAuthToken.Read(text, out var token);
        if (token is null)
            return new DbAuthResult(read);
        var keyId = token.Claim.Scope.AccessKeyId;
        if (CheckPurpose(token, dbUser, terms) is { } purpose)
            return new DbAuthResult(purpose, keyId);
        // First: nothing can be added to the last second of all.
        if (token.Claim.SignedAt > now + IdentityLimits.ClockSkew)
            return new DbAuthResult(DbAuthVerdict.FromTheFuture, keyId);
        var end = EndOf(token.Claim);
        if (now > end)
            return new DbAuthResult(DbAuthVerdict.Expired, keyId);
        var found = credentials.Resolve(keyId, token.Claim.SessionToken, now);
        var isSigned = IsSigned(token, found);
        if (found.Principal is not { } principal)
            return new DbAuthResult(VerdictOf(found.Status), keyId);
        if (!isSigned)
            return new DbAuthResult(DbAuthVerdict.SignatureWrong, keyId);
        return Authorize(principal, [], dbUser, terms, source, now) with
        {
            AccessKeyId = keyId,
            ExpiresAt = end,
        };
    }

    /// <summary>Whether policies let somebody who is known connect as a database user.</summary>
    /// <param name="facts">What conditions may ask beyond who it is and when.</param>
    public static DbAuthResult Authorize(
        Principal principal, IEnumerable<(string Key, ImmutableArray<string> Values)> facts, string dbUser,
        DbAuthTerms terms, IPAddress? source, DateTimeOffset now)
    {
        var values = ConditionValues.Of(principal, now, source, isTls: true, terms.Region);
        foreach (var (key, texts) in facts)
            values.Set(key, texts);
        var decision = PolicyEvaluator.Decide(new AccessRequest
        {
            Principal = principal,
            Action = ConnectAction,
            Resource = terms.ResourceOf(dbUser),
            Values = values,
        });
        var verdict = decision switch
        {
            { IsAllowed: true } => DbAuthVerdict.Good,
            { Kind: DecisionKind.ExplicitDeny } => DbAuthVerdict.PolicyDenies,
            _ => DbAuthVerdict.PolicyAbsent,
        };
        return new DbAuthResult(verdict, null, principal, decision);
    }

    private static DbAuthVerdict? CheckPurpose(DbAuthToken token, string dbUser, DbAuthTerms terms)
    {
        if (token.Action != "connect")
            return DbAuthVerdict.ActionWrong;
        if (token.Claim.Scope.Service != Service)
            return DbAuthVerdict.ServiceWrong;
        if (token.Claim.Scope.Region != terms.Region)
            return DbAuthVerdict.RegionWrong;
        if (!string.Equals(token.DBUser, dbUser, StringComparison.Ordinal))
            return DbAuthVerdict.UserWrong;
        return terms.TakesAnyHost ? null : CheckHost(token.Address, terms);
    }

    private static DbAuthVerdict? CheckHost(HostAndPort address, DbAuthTerms terms)
    {
        var isHost = false;
        foreach (var known in terms.Hosts)
        {
            if (!known.IsHost(address.Host))
                continue;
            if (known.Port == address.Port)
                return null;
            isHost = true;
        }
        return isHost ? DbAuthVerdict.PortWrong : DbAuthVerdict.HostWrong;
    }

    private static DateTimeOffset EndOf(SignatureClaim claim)
    {
        var life = claim.Life!.Value;
        return claim.SignedAt + (life < IdentityLimits.PresignedLife ? life : IdentityLimits.PresignedLife);
    }

    /// <summary>Computed for unknown keys too, so that they take as long.</summary>
    private static bool IsSigned(DbAuthToken token, ResolvedCredential found)
    {
        using var key = SigningKey.Derive(found.Secret, token.Claim.Scope);
        foreach (var stringToSign in token.StringsToSign())
        {
            if (key.IsSignature(token.Claim.Signature, stringToSign))
                return true;
        }
        return false;
    }

    private static DbAuthVerdict VerdictOf(CredentialStatus status) => status switch
    {
        CredentialStatus.KeyUnknown => DbAuthVerdict.KeyUnknown,
        CredentialStatus.KeyInactive => DbAuthVerdict.KeyInactive,
        CredentialStatus.TokenMissing => DbAuthVerdict.SessionTokenMissing,
        CredentialStatus.TokenExpired => DbAuthVerdict.SessionExpired,
        _ => DbAuthVerdict.SessionTokenInvalid,
    };
}
