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
/// Nothing is remembered of a token that our own keys have signed: each sign-in asks anew whether the key
/// stands and what policies say. That takes about 40 microseconds of processor time (measured in a loop, one
/// policy, long-term key), a fifth of a core for 5,000 sign-ins in a second. Who else has to be asked, an
/// issuer for its keys or AWS whose a request is, is not waited for here.
/// </remarks>
internal sealed class TokenVerifier(
    TokenAuthority authority, ProxyConfig config, SessionLog log) : ITokenVerifier
{
    /// <summary>Sign-ins that wait for somebody else's answer; more are told to come again.</summary>
    private const int WaitingMax = 1000;

    private readonly PrincipalRate _rate = new(config.TokenSignInsPerSecond);

    /// <summary>Counted up on the loop, and down wherever the answer has come.</summary>
    private int _waiting;

    private readonly Dictionary<string, DbAuthTerms> _terms = config.Endpoints.ToDictionary(
        endpoint => endpoint.DBProxyEndpointName,
        endpoint => new DbAuthTerms
        {
            Region = "",
            Account = "",
            ResourceId = ResourceIdOf(config),
            Hosts = AdvertisedHosts.Of(endpoint),
            TakesAnyHost = endpoint.AdvertisedHosts.Contains("*"),
        });

    /// <summary>What policies call the proxy.</summary>
    public static string ResourceIdOf(ProxyConfig config) =>
        config.ResourceId ?? $"prx-{config.DBProxyName}";

    public TokenAnswer? Verify(in TokenQuestion question, Action<Func<TokenAnswer>> later)
    {
        var current = authority.Now;
        // Copied: the client may leave before anybody has answered.
        var asked = new Asked(
            question with { Token = new Sento.Base.SecretBytes([]) },
            Encoding.UTF8.GetString(question.Token.Span),
            TermsOf(question.Endpoint) with { Region = current.Region, Account = current.Account },
            IPEndPoint.TryParse(question.Peer, out var peer) ? peer.Address : null);
        var result = Judge(current, asked, question.Token.Span, out var asking);
        if (asking is null)
            return Finish(asked, result);
        if (Volatile.Read(ref _waiting) >= WaitingMax)
            return Finish(asked, result, "too many wait for an answer from elsewhere");
        Interlocked.Increment(ref _waiting);
        _ = WaitAsync(asking, asked, later);
        return null;
    }

    /// <summary>An endpoint that is gone, but not yet its clients, is no host that a token is for.</summary>
    private DbAuthTerms TermsOf(string endpoint) => _terms.GetValueOrDefault(endpoint) ?? new DbAuthTerms
    {
        Region = "",
        Account = "",
        ResourceId = ResourceIdOf(config),
        Hosts = [],
    };

    private async Task WaitAsync(Task asking, Asked asked, Action<Func<TokenAnswer>> later)
    {
        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Here, not where it is judged: a client that has left is not judged any more.
        Interlocked.Decrement(ref _waiting);
        later(() => Finish(
            asked, Judge(authority.Now, asked, Encoding.UTF8.GetBytes(asked.Token), out _)));
    }

    private static DbAuthResult Judge(
        TokenAuthority.Current current, Asked asked, ReadOnlySpan<byte> token, out Task? asking)
    {
        asking = null;
        var (user, now) = (asked.Question.User, DateTimeOffset.UtcNow);
        if (TokenForm.IsWebToken(token))
            return current.WebTokens.Judge(asked.Token, user, asked.Terms, asked.Source, now, out asking);
        if (current.Callers is { } callers && TokenForm.IsCaller(token))
            return callers.Judge(asked.Token, user, asked.Terms, asked.Source, now, out asking);
        return current.Verifier.Verify(asked.Token, user, asked.Terms, asked.Source, now);
    }

    /// <param name="tooMany">Why it is one too many, whatever the token; null: it is not.</param>
    private TokenAnswer Finish(Asked asked, DbAuthResult result, string? tooMany = null)
    {
        var now = DateTimeOffset.UtcNow;
        if (tooMany is null && result.IsGood && !_rate.TryTake(result.Principal!.Arn, now))
            tooMany = _rate.Words;
        var isAccepted = result.IsGood && tooMany is null;
        var question = asked.Question;
        log.TokenJudged(
            log.Scope(question.Endpoint, question.ClientConnection), isAccepted,
            tooMany is null ? result.Verdict.ToString() : nameof(TokenVerdict.TooMany), question.User,
            question.Peer, result.Proof, result.Principal?.Arn,
            tooMany ?? WordsOf(result, asked.Terms, question.User));
        Note(asked, result, isAccepted ? AuditEntry.Done
            : tooMany is null ? result.Verdict.ToString() : nameof(TokenVerdict.TooMany));
        if (isAccepted)
            return new TokenAnswer(TokenVerdict.Accepted, result.Principal!.Arn);
        return new TokenAnswer(tooMany is null ? TokenVerdict.Refused : TokenVerdict.TooMany, null);
    }

    private void Note(Asked asked, DbAuthResult result, string outcome) => authority.Judged?.Invoke(
        new AuditEntry
        {
            // Whose key was claimed is known only once the signature was right.
            Principal = result.Principal?.Arn ?? "unknown",
            Source = asked.Source?.ToString(),
            Operation = DbAuthVerifier.ConnectAction,
            Target = AuditEntry.Short(asked.Terms.ResourceOf(asked.Question.User)),
            Proof = AuditEntry.Short(result.Bearer),
            Outcome = outcome,
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
        DbAuthVerdict.UserUnmapped =>
            "UserUnmapped, none of the Users of Issuers or AwsCallers fits, or none of its name is there",
        _ => result.Verdict.ToString(),
    };

    /// <param name="Question">Without the token.</param>
    /// <param name="Token">To be judged again when somebody else has answered.</param>
    private sealed record Asked(TokenQuestion Question, string Token, DbAuthTerms Terms, IPAddress? Source)
    {
        public override string ToString() => "a sign-in";
    }
}
