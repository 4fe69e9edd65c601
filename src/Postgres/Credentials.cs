using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.Model;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres;

/// <summary>
/// Who may sign in and how, and what we prove to servers. Made when a configuration is read; any
/// thread.
/// </summary>
/// <remarks>
/// Verifiers are derived here, before any client can name a user: sign-in itself never runs PBKDF2.
/// </remarks>
public sealed class Credentials
{
    private readonly Dictionary<string, Entry> _byUser = new(StringComparer.Ordinal);
    private readonly ClientSignInMethod _commonMethod;

    /// <summary>Everybody whom no entry names, where the proxy signs in with tokens; else null.</summary>
    private Entry? _others;

    private Credentials(
        ClientSignInMethod commonMethod, TokenUse commonTokens, ScramVerifierCache verifiers)
    {
        _commonMethod = commonMethod;
        CommonTokens = commonTokens;
        Verifiers = verifiers;
    }

    public ScramVerifierCache Verifiers { get; }

    /// <summary>Takes about a millisecond for each new secret; not on a loop thread.</summary>
    public static Credentials From(ProxyConfig config, ScramVerifierCache verifiers)
    {
        var common = config.Auth.IsEmpty ? ClientSignInMethod.ScramSha256 : MethodOf(config.Auth[0]);
        var tokens = config.Auth.IsEmpty ? TokenUse.None : TokensOf(config.Auth[0]);
        var made = new Credentials(common, tokens, verifiers);
        var usable = config.Auth.Where(auth => auth.HasUser).ToArray();
        foreach (var auth in usable)
            made.Add(auth, auth.Secret.UserName);
        // A user's own entry counts before one in which it merely takes turns.
        foreach (var auth in usable)
        {
            foreach (var login in auth.Secret.Others)
                made.Add(auth, login.UserName);
        }
        if (config.DefaultAuthScheme == DefaultAuthScheme.IamAuth)
            made._others = new Entry(common, ClientCredential.TokenAlone.Instance, ServerCredential.None)
            {
                Tokens = TokenUse.Required,
                IsByToken = true,
            };
        if (config.AuthQuery is { } query)
            made.Lookup =
                new Entry(common, null, ServerCredential.Of(query.Secret.Password, new ScramKeyCache()));
        return made;
    }

    /// <summary>The secret's user, or the one that it takes turns with.</summary>
    private void Add(AuthConfig auth, string user)
    {
        if (_byUser.ContainsKey(user))
            return;
        var secret = auth.Secret;
        LoginConfig[] logins = [new(secret.UserName, secret.Password, IsForClients: true), .. secret.Others];
        var others = logins.Skip(1).Where(auth.Admits)
            .Select(login => (login.Password, Verifiers.GetOrMake(user, login.Password)));
        var client = new ClientCredential.Password(
            secret.Password, Verifiers.GetOrMake(user, secret.Password), [.. others]);
        var servers = logins.Where(login => login.UserName == user && login.IsForServers)
            .Select(login => ServerCredential.Of(login.Password, new ScramKeyCache()))
            .ToArray();
        if (servers.Length == 0)
            servers = [ServerCredential.None];
        _byUser.Add(user, new Entry(MethodOf(auth), client, servers[0])
        {
            Servers = servers,
            ServerUser = secret.UserName,
            Tokens = TokensOf(auth),
        });
    }

    /// <summary>What signs in for AuthQuery; null: not configured.</summary>
    internal Entry? Lookup { get; private set; }

    internal Entry? Find(string user) => _byUser.GetValueOrDefault(user) ?? _others;

    /// <summary>
    /// How an unknown user is asked: as most known ones are, so that the question tells nothing.
    /// </summary>
    public ClientSignInMethod CommonMethod => _commonMethod;

    /// <summary>Whether an unknown user is asked for a token, likewise.</summary>
    public TokenUse CommonTokens { get; }

    private static TokenUse TokensOf(AuthConfig auth) => auth.IAMAuth switch
    {
        IamAuth.Required => TokenUse.Required,
        IamAuth.Enabled => TokenUse.Accepted,
        _ => TokenUse.None,
    };

    private static ClientSignInMethod MethodOf(AuthConfig auth) => auth.ClientPasswordAuthType switch
    {
        ClientPasswordAuthType.PostgresMd5 => ClientSignInMethod.Md5,
        ClientPasswordAuthType.Password => ClientSignInMethod.Password,
        ClientPasswordAuthType.Certificate => ClientSignInMethod.Certificate,
        ClientPasswordAuthType.Trust => ClientSignInMethod.Trust,
        _ => ClientSignInMethod.ScramSha256,
    };

    internal sealed record Entry(ClientSignInMethod Method, ClientCredential? Client, ServerCredential Server)
    {
        /// <summary>
        /// All that may open this user's server connections, newest first: while a password is being changed
        /// nobody can know which one the server takes.
        /// </summary>
        public ServerCredential[] Servers { get; init; } = [Server];

        /// <summary>
        /// The database's user for clients of this name; another one while two take turns. Null: the same.
        /// </summary>
        public string? ServerUser { get; init; }

        /// <summary>Whether clients may or must send a token.</summary>
        public TokenUse Tokens { get; init; }

        /// <summary>We send servers a token, made for each connection.</summary>
        public bool IsByToken { get; init; }
    }
}
