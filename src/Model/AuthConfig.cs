using Sento.Base;

namespace Sento.Model;

/// <summary>An entry of Auth, with the secret it names already resolved to readers.</summary>
public sealed record AuthConfig
{
    public required string SecretArn { get; init; }

    public string? Description { get; init; }

    public IamAuth IAMAuth { get; init; } = IamAuth.Disabled;

    public ClientPasswordAuthType ClientPasswordAuthType { get; init; } =
        ClientPasswordAuthType.PostgresScramSha256;

    public required SecretConfig Secret { get; init; }

    /// <summary>
    /// Clients prove the secret's password: an empty one would let anybody in. Without that, the target may
    /// let the proxy in without one too.
    /// </summary>
    public bool NeedsPassword =>
        ClientPasswordAuthType is not (ClientPasswordAuthType.Trust or ClientPasswordAuthType.Certificate);

    /// <summary>Somebody can sign in by it.</summary>
    public bool HasUser => Secret.UserName.Length > 0 && IsEnough(Secret.Password);

    /// <summary>Clients may sign in by another login of the same secret.</summary>
    public bool Admits(LoginConfig login) => login.IsForClients && IsEnough(login.Password);

    private bool IsEnough(SecretBytes password) => password.Length > 0 || !NeedsPassword;
}

public enum IamAuth { Disabled, Enabled, Required }

/// <summary>How clients prove the password.</summary>
/// <remarks>
/// The last three are Sento's own: clear text (TLS only), client certificate, and none (loopback and Unix
/// sockets only).
/// </remarks>
public enum ClientPasswordAuthType
{
    PostgresScramSha256,
    PostgresMd5,
    MySqlCachingSha2Password,
    MySqlNativePassword,
    MariaDbEd25519,
    MariaDbParsec,
    Password,
    Certificate,
    Trust,
}
