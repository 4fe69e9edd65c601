using Sento.Base;
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

    private Credentials(ClientSignInMethod commonMethod, ScramVerifierCache verifiers)
    {
        _commonMethod = commonMethod;
        Verifiers = verifiers;
    }

    public ScramVerifierCache Verifiers { get; }

    /// <summary>Takes about a millisecond for each new secret; not on a loop thread.</summary>
    public static Credentials From(ProxyConfig config, ScramVerifierCache verifiers)
    {
        var common = config.Auth.IsEmpty ? ClientSignInMethod.ScramSha256 : MethodOf(config.Auth[0]);
        var made = new Credentials(common, verifiers);
        foreach (var auth in config.Auth)
        {
            var secret = auth.Secret;
            var verifier = verifiers.GetOrMake(secret.UserName, secret.Password);
            made._byUser[secret.UserName] = new Entry(
                MethodOf(auth),
                new ClientCredential.Password(secret.Password, verifier),
                ServerCredential.Of(secret.Password, new ScramKeyCache()));
        }
        if (config.AuthQuery is { } query)
            made.Lookup = new Entry(common, null, ServerCredential.Of(query.Secret.Password, new ScramKeyCache()));
        return made;
    }

    /// <summary>What signs in for AuthQuery; null: not configured.</summary>
    internal Entry? Lookup { get; private set; }

    internal Entry? Find(string user) => _byUser.GetValueOrDefault(user);

    /// <summary>
    /// How an unknown user is asked: as most known ones are, so that the question tells nothing.
    /// </summary>
    public ClientSignInMethod CommonMethod => _commonMethod;

    private static ClientSignInMethod MethodOf(AuthConfig auth) => auth.ClientPasswordAuthType switch
    {
        ClientPasswordAuthType.PostgresMd5 => ClientSignInMethod.Md5,
        ClientPasswordAuthType.Password => ClientSignInMethod.Password,
        ClientPasswordAuthType.Certificate => ClientSignInMethod.Certificate,
        ClientPasswordAuthType.Trust => ClientSignInMethod.Trust,
        _ => ClientSignInMethod.ScramSha256,
    };

    internal sealed record Entry(ClientSignInMethod Method, ClientCredential? Client, ServerCredential Server);
}
