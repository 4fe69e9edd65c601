using Sento.ControlPlane.Api;
using Sento.ControlPlane.WebIdentity;
using Sento.Identity.Principals;
using Sento.Identity.WebIdentity;

namespace Sento.ControlPlane.Query;

/// <summary>Who asks where a web identity token says it. Any thread.</summary>
internal sealed class WebCaller(WebKeyBook keys)
{
    private const string Parameter = "WebIdentityToken";

    /// <summary>
    /// Asks the issuer of the token, if it is trusted, for its keys where the token's is not known. Ends when
    /// it is no use to wait longer; what is wrong with the request is said later.
    /// </summary>
    public async Task PrepareAsync(ApiRequest request)
    {
        if (!QueryApi.IsFor(request) || request.Header("X-Amz-Target") is not null)
            return;
        try
        {
            var form = QueryForm.Read(request);
            if (form.Text(Parameter) is not { } text
                || WebToken.Read(text.Trim(), out var token) != WebTokenVerdict.Good
                || token!.Issuer is not { } name || keys.Find(name) is not { } issuer)
                return;
            var verdict = issuer.Verify(token, keys.KeysOf(issuer), DateTimeOffset.UtcNow, out _);
            if (verdict is WebTokenVerdict.KeysMissing or WebTokenVerdict.KeyUnknown)
                await keys.AskAsync(issuer);
        }
        catch (ApiFault)
        {
            // It is no request that could be answered.
        }
    }

    /// <exception cref="ApiFault">It is refused, in STS's words.</exception>
    public (WebToken Token, WebIssuer Issuer) Verify(QueryForm form, DateTimeOffset now)
    {
        // A file that somebody has written by hand ends in a new line.
        var verdict = WebToken.Read(form.Required(Parameter).Trim(), out var token);
        if (token is null)
            throw Refusal(verdict, token);
        var issuer = token.Issuer is { } name ? keys.Find(name) : null;
        if (issuer is null)
            throw Refusal(WebTokenVerdict.IssuerUnknown, token);
        verdict = issuer.Verify(token, keys.KeysOf(issuer), now, out _);
        return verdict == WebTokenVerdict.Good ? (token, issuer) : throw Refusal(verdict, token);
    }

    /// <summary>The provider itself: what conditions ask of the token is told beside it.</summary>
    public static Principal PrincipalOf(WebToken token, WebIssuer issuer, string account) => new()
    {
        Kind = PrincipalKind.FederatedUser,
        Account = account,
        Arn = issuer.ArnOf(account),
        UniqueId = $"{issuer.Name}:{token.Subject}",
    };

    private static ApiFault Refusal(WebTokenVerdict verdict, WebToken? token) => verdict switch
    {
        WebTokenVerdict.Expired => new ApiFault("ExpiredTokenException", "Token expired"),
        WebTokenVerdict.KeysMissing => new ApiFault(
            "IDPCommunicationError", "Couldn't retrieve verification key from your identity provider"),
        WebTokenVerdict.IssuerUnknown => new ApiFault(
            "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "
            + Sento.Vault.Auditing.AuditEntry.Short(token!.Issuer)),
        WebTokenVerdict.AudienceWrong => new ApiFault("InvalidIdentityToken", "Incorrect token audience"),
        _ => new ApiFault(
            "InvalidIdentityToken", $"The web identity token could not be validated: {verdict}"),
    };
}
