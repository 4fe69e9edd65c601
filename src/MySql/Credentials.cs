using Sento.Model;
using Sento.MySql.SignIn;

namespace Sento.MySql;

/// <summary>
/// Who may sign in and how, and what we prove to servers. Made when a configuration is read; any thread.
/// </summary>
public sealed class Credentials
{
    private readonly Dictionary<string, Entry> _byUser = new(StringComparer.Ordinal);

    private Credentials(RsaKeyPair key) => Key = key;

    public RsaKeyPair Key { get; }

    /// <summary>What unknown users are measured against.</summary>
    internal PasswordSecret Decoy { get; } = PasswordSecret.Unknown();

    /// <summary>The plugin that most users must use: an unknown one is asked for it too. Null: any.</summary>
    internal string? CommonPlugin { get; private init; }

    /// <summary>The user with whose connection a target is asked what it is; null: there is none.</summary>
    internal string? FirstUser { get; private init; }

    public static Credentials From(ProxyConfig config, RsaKeyPair key)
    {
        // The pair is made now, where nobody waits for it.
        _ = key.PublicText;
        var made = new Credentials(key)
        {
            CommonPlugin = config.Auth.IsEmpty ? null : PluginOf(config.Auth[0]),
            FirstUser = config.Auth.IsEmpty ? null : config.Auth[0].Secret.UserName,
        };
        foreach (var auth in config.Auth)
        {
            var secret = new PasswordSecret(auth.Secret.Password.Span);
            made._byUser[auth.Secret.UserName] = new Entry(PluginOf(auth), secret);
        }
        return made;
    }

    internal Entry? Find(string user) => _byUser.GetValueOrDefault(user);

    private static string? PluginOf(AuthConfig auth) => auth.ClientPasswordAuthType switch
    {
        ClientPasswordAuthType.MySqlNativePassword => AuthPlugin.Native,
        ClientPasswordAuthType.MySqlCachingSha2Password => AuthPlugin.CachingSha2,
        ClientPasswordAuthType.MariaDbEd25519 => AuthPlugin.Ed25519,
        ClientPasswordAuthType.Password => AuthPlugin.Clear,
        _ => null,
    };

    internal sealed record Entry(string? Plugin, PasswordSecret Secret);
}
