using System.Collections.Immutable;
using System.Net;
using Sento.ControlPlane.WebIdentity;
using Sento.Identity.DbAuth;
using Sento.Identity.Principals;
using Sento.Identity.WebIdentity;
using Sento.Model;

namespace Sento.Host.Identities;

/// <summary>Decides whether a web identity token lets its bearer sign in. Immutable; any thread.</summary>
internal sealed class WebTokenJudge
{
    private readonly WebKeyBook _keys;
    private readonly IIdentitySource _users;
    private readonly ImmutableDictionary<string, Trusted> _issuers;

    public WebTokenJudge(WebKeyBook keys, ImmutableArray<IssuerConfig> issuers, IIdentitySource users)
    {
        (_keys, _users) = (keys, users);
        _issuers = issuers.ToImmutableDictionary(config => config.Issuer, Trusted.Of);
    }

    /// <param name="asking">
    /// Set when the issuer is being asked for a key that is not known: judge again when it has ended.
    /// </param>
    public DbAuthResult Judge(
        string text, string dbUser, DbAuthTerms terms, IPAddress? source, DateTimeOffset now,
        out Task? asking)
    {
        asking = null;
        var read = WebToken.Read(text, out var token);
        if (token is null)
            return new DbAuthResult(VerdictOf(read));
        if (token.Issuer is not { } name || !_issuers.TryGetValue(name, out var trusted))
            return new DbAuthResult(DbAuthVerdict.IssuerUnknown);
        var verdict = trusted.Issuer.Verify(token, _keys.KeysOf(trusted.Issuer), now, out var expiresAt);
        if (verdict is WebTokenVerdict.KeysMissing or WebTokenVerdict.KeyUnknown
            && _keys.AskAsync(trusted.Issuer) is { IsCompleted: false } task)
            asking = task;
        if (verdict != WebTokenVerdict.Good)
            return new DbAuthResult(VerdictOf(verdict));
        var bearer = $"web identity {token.Subject} of {trusted.Issuer.Issuer}";
        if (trusted.UserOf(token) is not { } userName || _users.FindUserByName(userName) is not { } user)
            return new DbAuthResult(DbAuthVerdict.UserUnmapped) { Bearer = bearer };
        return DbAuthVerifier.Authorize(
            user with { TokenIssuedAt = now }, trusted.Issuer.FactsOf(token), dbUser, terms, source, now) with
        {
            Bearer = bearer,
            ExpiresAt = expiresAt,
        };
    }

    private static DbAuthVerdict VerdictOf(WebTokenVerdict verdict) => verdict switch
    {
        WebTokenVerdict.TooLong => DbAuthVerdict.TooLong,
        WebTokenVerdict.AlgorithmRefused => DbAuthVerdict.AlgorithmRefused,
        WebTokenVerdict.IssuerUnknown => DbAuthVerdict.IssuerUnknown,
        WebTokenVerdict.KeysMissing => DbAuthVerdict.KeysMissing,
        WebTokenVerdict.KeyUnknown => DbAuthVerdict.KeyUnknown,
        WebTokenVerdict.SignatureWrong => DbAuthVerdict.SignatureWrong,
        WebTokenVerdict.AudienceWrong => DbAuthVerdict.AudienceWrong,
        WebTokenVerdict.Expired => DbAuthVerdict.Expired,
        WebTokenVerdict.FromTheFuture => DbAuthVerdict.FromTheFuture,
        _ => DbAuthVerdict.Malformed,
    };

    /// <summary>An issuer, and who its tokens' bearers are here.</summary>
    private sealed record Trusted(
        WebIssuer Issuer, ImmutableArray<(string UserName, ImmutableArray<ClaimPattern> Claims)> Users)
    {
        public static Trusted Of(IssuerConfig config) => new(
            new WebIssuer(config.Issuer, config.Audiences),
            [.. config.Users.Select(user => (user.UserName, user.Claims
                .Select(text => ClaimPattern.TryParse(text, out var claim) ? claim : null)
                .OfType<ClaimPattern>().ToImmutableArray()))]);

        /// <summary>The first that fits; one without any claim would fit everybody.</summary>
        public string? UserOf(WebToken token) => Users.FirstOrDefault(user =>
            !user.Claims.IsEmpty && user.Claims.All(claim => claim.Matches(token.Claims))).UserName;
    }
}
