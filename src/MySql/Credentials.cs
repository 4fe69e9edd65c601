using System.Collections.Immutable;
using System.Security.Cryptography;
using Sento.DataPlane.Auth;
using Sento.Model;
using Sento.MySql.SignIn;

namespace Sento.MySql;

/// <summary>
/// Who may sign in and how, and what we prove to servers. Made when a configuration is read; any thread.
/// </summary>
public sealed class Credentials
{
    private readonly Dictionary<string, Entry> _byUser = new(StringComparer.Ordinal);

    /// <summary>Everybody whom no entry names, where the proxy signs in with tokens; else null.</summary>
    private Entry? _others;

    private Credentials(RsaKeyPair key) => Key = key;

    public RsaKeyPair Key { get; }

    /// <summary>
    /// How clients derive their keys for parsec: the same for all, so that the time tells of no user.
    /// </summary>
    internal byte[] ParsecTerms { get; } =
        ParsecProof.TermsOf(RandomNumberGenerator.GetBytes(ParsecProof.SaltBytes));

    /// <summary>What unknown users are measured against.</summary>
    internal PasswordSecret Decoy { get; } = PasswordSecret.Unknown();

    /// <summary>Of somebody who does not exist: asked for what most users are asked for.</summary>
    internal Entry Unknown { get; private set; } = new(null, [], [], null, TokenUse.None);

    /// <summary>The user with whose connection a target is asked what it is; null: there is none.</summary>
    internal string? FirstUser { get; private init; }

    /// <summary>What signs in for AuthQuery; null: not configured.</summary>
    internal (string User, PasswordSecret Secret)? Lookup { get; private init; }

    public static Credentials From(ProxyConfig config, RsaKeyPair key)
    {
        // The pair is made now, where nobody waits for it.
        _ = key.PublicText;
        var made = new Credentials(key)
        {
            FirstUser = config.Auth
                .Select(auth => auth.Secret.UserName).FirstOrDefault(user => user.Length > 0)
                ?? config.ProbeUser,
            Lookup = config.AuthQuery is { Secret.UserName.Length: > 0 } query
                ? (query.Secret.UserName, new PasswordSecret(query.Secret.Password.Span)) : null,
        };
        if (!config.Auth.IsEmpty)
            made.Unknown = EntryOf(config.Auth[0], [], [], null);
        if (config.DefaultAuthScheme == DefaultAuthScheme.IamAuth)
            made._others = new Entry(null, [], [PasswordSecret.Empty], null, TokenUse.Required)
            {
                IsByToken = true,
            };
        foreach (var auth in config.Auth)
        {
            if (auth.HasUser)
                made.Add(auth);
        }
        return made;
    }

    internal Entry? Find(string user) => _byUser.GetValueOrDefault(user) ?? _others;

    /// <summary>The secret's user, and the one it takes turns with if there is one.</summary>
    private void Add(AuthConfig auth)
    {
        var secret = auth.Secret;
        LoginConfig[] logins = [new(secret.UserName, secret.Password, IsForClients: true), .. secret.Others];
        var secrets = logins.Select(login => new PasswordSecret(login.Password.Span)).ToArray();
        foreach (var user in logins.Select(login => login.UserName).Distinct(StringComparer.Ordinal))
        {
            var servers = secrets
                .Where((_, i) => logins[i].UserName == user && logins[i].IsForServers).ToArray();
            var entry = EntryOf(auth, [.. secrets.Where((_, i) => auth.Admits(logins[i]))],
                servers.Length > 0 ? servers : [PasswordSecret.Empty], secret.UserName);
            // A user's own entry, the first one, counts before one in which it merely takes turns.
            var isOwn = user == secret.UserName;
            if (isOwn && _byUser.TryGetValue(user, out var other) && other.ServerUser != user)
                _byUser[user] = entry;
            else
                _byUser.TryAdd(user, entry);
        }
    }

    private static Entry EntryOf(AuthConfig auth, ImmutableArray<PasswordSecret> clients,
        PasswordSecret[] servers, string? serverUser) =>
        new(PluginOf(auth), clients, servers, serverUser, TokensOf(auth))
        {
            IsByCertificate = auth.ClientPasswordAuthType == ClientPasswordAuthType.Certificate,
        };

    private static TokenUse TokensOf(AuthConfig auth) => auth.IAMAuth switch
    {
        IamAuth.Required => TokenUse.Required,
        IamAuth.Enabled => TokenUse.Accepted,
        _ => TokenUse.None,
    };

    private static string? PluginOf(AuthConfig auth) => auth.ClientPasswordAuthType switch
    {
        ClientPasswordAuthType.MySqlNativePassword => AuthPlugin.Native,
        ClientPasswordAuthType.MySqlCachingSha2Password => AuthPlugin.CachingSha2,
        ClientPasswordAuthType.MariaDbEd25519 => AuthPlugin.Ed25519,
        ClientPasswordAuthType.MariaDbParsec => AuthPlugin.Parsec,
        ClientPasswordAuthType.Password => AuthPlugin.Clear,
        _ => null,
    };

    /// <param name="Clients">What clients may sign in with, newest first.</param>
    /// <param name="Servers">
    /// All that may open this user's server connections, newest first: while a password is being changed
    /// nobody can know which one the server takes.
    /// </param>
    /// <param name="ServerUser">
    /// The database's user for clients of this name; another one while two take turns. Null: the same.
    /// </param>
    internal sealed record Entry(
        string? Plugin, ImmutableArray<PasswordSecret> Clients, PasswordSecret[] Servers, string? ServerUser,
        TokenUse Tokens)
    {
        /// <summary>
        /// There is no password: clients send a token, and so do we, made for each connection.
        /// </summary>
        public bool IsByToken { get; init; }

        /// <summary>Clients show a certificate of their own name, and no password.</summary>
        public bool IsByCertificate { get; init; }
    }
}
