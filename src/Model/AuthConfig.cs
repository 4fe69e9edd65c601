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
