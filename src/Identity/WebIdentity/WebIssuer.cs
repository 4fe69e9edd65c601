using System.Collections.Immutable;

namespace Sento.Identity.WebIdentity;

/// <summary>An issuer of web identity tokens that is trusted, and for what. Immutable; pure.</summary>
/// <param name="Issuer">As tokens say it, letter by letter: an https URL.</param>
/// <param name="Audiences">Whom tokens must be made for: one of these.</param>
public sealed record WebIssuer(string Issuer, ImmutableArray<string> Audiences)
{
    /// <summary>Time by which the issuer's clock may differ from ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>The URL without its scheme: what IAM calls the provider, and its condition keys.</summary>
    public string Name => Issuer[(Issuer.IndexOf("://", StringComparison.Ordinal) + 3)..];

    public string ArnOf(string account) => $"arn:aws:iam::{account}:oidc-provider/{Name}";

    /// <param name="keys">The issuer's, as they are known now; null: none are.</param>
    /// <param name="expiresAt">Of a good token.</param>
    public WebTokenVerdict Verify(
        WebToken token, WebKeySet? keys, DateTimeOffset now, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        if (!string.Equals(token.Issuer, Issuer, StringComparison.Ordinal))
            return WebTokenVerdict.IssuerUnknown;
        if (keys is null)
            return WebTokenVerdict.KeysMissing;
        if (keys.Check(token) is var signed && signed != WebTokenVerdict.Good)
            return signed;
        // From here on it is the issuer who speaks.
        if (token.Subject is not { Length: > 0 } || token.Date("exp") is not { } end
            || (token.Claims.ContainsKey("nbf") && token.Date("nbf") is null)
            || (token.Claims.ContainsKey("iat") && token.Date("iat") is null))
            return WebTokenVerdict.Malformed;
        if (!IsForUs(token))
            return WebTokenVerdict.AudienceWrong;
        // Nothing can be added to the last second of all.
        if (now - Skew >= end)
            return WebTokenVerdict.Expired;
        if (token.Date("nbf") > now + Skew || token.Date("iat") > now + Skew)
            return WebTokenVerdict.FromTheFuture;
        expiresAt = end;
        return WebTokenVerdict.Good;
    }

    /// <summary>What policies may ask of a token: each claim as <c>issuer:claim</c>.</summary>
    public IEnumerable<(string Key, ImmutableArray<string> Values)> FactsOf(WebToken token) =>
        token.Claims.Select(claim => ($"{Name}:{claim.Key}", claim.Value));

    /// <summary>Which of ours it is for; null: none.</summary>
    public string? AudienceOf(WebToken token) =>
        AudiencesOf(token).FirstOrDefault(audience => Audiences.Contains(audience, StringComparer.Ordinal));

    private bool IsForUs(WebToken token) => AudienceOf(token) is not null;

    /// <summary>Cognito's access tokens have no audience, but say which client they were given to.</summary>
    private static ImmutableArray<string> AudiencesOf(WebToken token) =>
        token.Claims.TryGetValue("aud", out var audiences) ? audiences
        : token.Single("client_id") is { } client ? [client]
        : [];
}
