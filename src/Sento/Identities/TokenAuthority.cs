using Sento.Identity.DbAuth;
using Sento.Identity.Principals;
using Sento.Model;
using Sento.Vault.Auditing;

namespace Sento.Host.Identities;

/// <summary>
/// Who may sign in with a token: the users of the configuration and of the vault. One a process.
/// </summary>
/// <remarks>The control path changes it, loops read it: what they read is one immutable object.</remarks>
public sealed class TokenAuthority
{
    private const string DefaultRegion = "us-east-1";
    private const string DefaultAccount = "000000000000";

    private SessionTokens _sessions = SessionTokens.OfThisProcess();
    private (IIdentitySource Source, string Account, string Region)? _store;
    private IdentitiesConfig _config = new();
    private volatile Current _current;

    public TokenAuthority() => _current = Make();

    internal Current Now => _current;

    /// <summary>Told of each sign-in that was refused; never waits. Null: there is no audit log.</summary>
    internal Action<AuditEntry>? Refused { get; set; }

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
        _current = Make();
    }

    private Current Make()
    {
        var account = _config.Account ?? _store?.Account ?? DefaultAccount;
        var region = _config.Region ?? _store?.Region ?? DefaultRegion;
        IIdentitySource source = FileIdentities.From(_config, account);
        if (_store is { } store)
            source = new JoinedIdentities(source, store.Source);
        return new Current(
            new DbAuthVerifier(new CredentialResolver(source, _sessions)), account, region);
    }

    internal sealed record Current(DbAuthVerifier Verifier, string Account, string Region);
}
