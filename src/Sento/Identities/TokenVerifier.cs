using System.Net;
using System.Text;
using Sento.DataPlane.Auth;
using Sento.DataPlane.Metrics;
using Sento.Identity.DbAuth;
using Sento.Model;
using Sento.Vault.Auditing;

namespace Sento.Host.Identities;

/// <summary>
/// Judges the tokens of one proxy's clients, and writes down what it decided. Its loop only.
/// </summary>
/// <remarks>
/// Nothing is remembered of a token: each sign-in asks anew whether the key stands and what policies say.
/// That takes about 40 microseconds of processor time (measured in a loop, one policy, long-term key), a
/// fifth of a core for 5,000 sign-ins in a second.
/// </remarks>
internal sealed class TokenVerifier(
    TokenAuthority authority, ProxyConfig config, SessionLog log) : ITokenVerifier
{
    private readonly PrincipalRate _rate = new(config.TokenSignInsPerSecond);

    private readonly Dictionary<string, DbAuthTerms> _terms = config.Endpoints.ToDictionary(
        endpoint => endpoint.DBProxyEndpointName,
        endpoint => new DbAuthTerms
        {
            Region = "",
            Account = "",
            ResourceId = config.ResourceId ?? $"prx-{config.DBProxyName}",
            Hosts = AdvertisedHosts.Of(endpoint),
            TakesAnyHost = endpoint.AdvertisedHosts.Contains("*"),
        });

    public TokenAnswer Verify(in TokenQuestion question)
    {
        var current = authority.Now;
        var now = DateTimeOffset.UtcNow;
        var terms = _terms[question.Endpoint] with { Region = current.Region, Account = current.Account };
        var source = IPEndPoint.TryParse(question.Peer, out var peer) ? peer.Address : null;
        var result = current.Verifier.Verify(
            Encoding.UTF8.GetString(question.Token.Span), question.User, terms, source, now);
        var isTooMany = result.IsGood && !_rate.TryTake(result.Principal!.Arn, now);
        log.TokenJudged(
            log.Scope(question.Endpoint, question.ClientConnection), result.IsGood && !isTooMany,
            isTooMany
                ? nameof(TokenVerdict.TooMany) : result.Verdict.ToString(), question.User, question.Peer,
            result.AccessKeyId, result.Principal?.Arn, isTooMany
                ? _rate.Words : WordsOf(result, terms, question.User));
        if (!result.IsGood || isTooMany)
            NoteRefusal(question, terms, result, source);
        if (!result.IsGood)
            return new TokenAnswer(TokenVerdict.Refused, null);
        return isTooMany
            ? new TokenAnswer(TokenVerdict.TooMany, null)
            : new TokenAnswer(TokenVerdict.Accepted, result.Principal!.Arn);
    }

    private void NoteRefusal(
        in TokenQuestion question, DbAuthTerms terms, DbAuthResult result, IPAddress? source) =>
        authority.Refused?.Invoke(new AuditEntry
        {
            // Whose key was claimed is known only once the signature was right.
            Principal = result.Principal?.Arn ?? "unknown",
            Source = source?.ToString(),
            Operation = DbAuthVerifier.ConnectAction,
            Target = AuditEntry.Short(terms.ResourceOf(question.User)),
            Outcome = (result.IsGood ? TokenVerdict.TooMany.ToString() : result.Verdict.ToString()),
            By = result.Decision?.Deciding?.Place,
        });

    private static string WordsOf(DbAuthResult result, DbAuthTerms terms, string user) =>
        result.Verdict switch
    {
        DbAuthVerdict.Good or DbAuthVerdict.PolicyDenies => $"by {result.Decision!.Deciding!.Place}",
        DbAuthVerdict.PolicyAbsent =>
            $"no policy allows {DbAuthVerifier.ConnectAction} on {terms.ResourceOf(user)}",
        DbAuthVerdict.RegionWrong => $"RegionWrong, it must be made for {terms.Region}",
        DbAuthVerdict.HostWrong or DbAuthVerdict.PortWrong =>
            $"{result.Verdict}, it must be made for one of "
            + string.Join(", ", terms.Hosts.Select(host => $"{host.Host}:{host.Port}"))
            + "; AdvertisedHosts of the endpoint adds others",
        _ => result.Verdict.ToString(),
    };
}
