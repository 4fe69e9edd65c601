using System.Collections.Immutable;
using System.Net;
using Sento.ControlPlane.WebIdentity;
using Sento.Identity.DbAuth;
using Sento.Identity.Principals;
using Sento.Identity.WebIdentity;
using Sento.Model;
using Sento.Vault.Auditing;

namespace Sento.Host.Identities;

/// <summary>
/// Who may sign in with a token: the users of the configuration and of the vault, and whom others say that
/// they are. One a process.
/// </summary>
/// <remarks>The control path changes it, loops read it: what they read is one immutable object.</remarks>
public sealed class TokenAuthority : IDisposable
{
    private const string DefaultRegion = "us-east-1";
    private const string DefaultAccount = "000000000000";

    private readonly AwsCallers _callers;
    private SessionTokens _sessions = SessionTokens.OfThisProcess();
    private (IIdentitySource Source, string Account, string Region)? _store;
    private IdentitiesConfig _config = new();
    private volatile Current _current;

    public TokenAuthority()
        : this(new AwsCallers())
    {
    }

    /// <param name="callers">Owned, and disposed.</param>
    internal TokenAuthority(AwsCallers callers)
    {
        _callers = callers;
        Keys = new WebKeyBook(text => Report?.Invoke(text));
        _current = Make();
    }

    /// <summary>Of who issues web identity tokens.</summary>
    public WebKeyBook Keys { get; }

    /// <summary>Told in words what went wrong beside any sign-in.</summary>
    public Action<string>? Report { get; set; }

    internal Current Now => _current;

    /// <summary>Told of each sign-in that was judged; never waits. Null: there is no audit log.</summary>
    internal Action<AuditEntry>? Judged { get; set; }

    /// <summary>Takes the vault's users too, and its account and region where none are configured.</summary>
    public void Use(IIdentitySource store, SessionTokens sessions, string account, string region)
    {
        _sessions = sessions;
        _store = (store, account, region);
        _current = Make();
    }

    public void Apply(IdentitiesConfig config)
    {
        _config = config;
        Keys.Apply([.. config.Issuers.Select(issuer => (
            new WebIssuer(issuer.Issuer, issuer.Audiences),
            new WebKeyPlace(
                issuer.JwksUri, issuer.JwksFile, issuer.AuthorityFile, issuer.BearerTokenFile)))]);
        _current = Make();
    }

    /// <summary>Of a sign-in that ended before any token was judged. Any thread; never waits.</summary>
    /// <param name="peer">Where the client dials from, as in the log.</param>
    public void NoteRefusal(ProxyConfig proxy, string user, string peer, string why)
    {
        var current = _current;
        Judged?.Invoke(new AuditEntry
        {
            Principal = "unknown",
            Source = IPEndPoint.TryParse(peer, out var address) ? address.Address.ToString() : null,
            Operation = "SignIn",
            Target = AuditEntry.Short(DbAuthTerms.ResourceOf(
                current.Region, current.Account, TokenVerifier.ResourceIdOf(proxy), user)),
            Outcome = AuditEntry.Short(why)!,
        });
    }

    public void Dispose()
    {
        Keys.Dispose();
        _callers.Dispose();
    }

    private Current Make()
    {
        var account = _config.Account ?? _store?.Account ?? DefaultAccount;
        var region = _config.Region ?? _store?.Region ?? DefaultRegion;
        IIdentitySource source = FileIdentities.From(_config, account);
        if (_store is { } store)
            source = new JoinedIdentities(source, store.Source);
        return new Current(
            new DbAuthVerifier(new CredentialResolver(source, _sessions)),
            new WebTokenJudge(Keys, _config.Issuers, source),
            _config.AwsCallers is { } callers ? new CallerJudge(_callers, callers, source) : null,
            account, region);
    }

    /// <param name="Callers">Null: identities of AWS's own mean nothing here.</param>
    internal sealed record Current(
        DbAuthVerifier Verifier, WebTokenJudge WebTokens, CallerJudge? Callers, string Account,
        string Region);
}
