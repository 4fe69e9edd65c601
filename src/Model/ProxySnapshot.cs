using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>The whole configuration: immutable, validated, published as one object.</summary>
/// <param name="Revision">Counts publications; loops compare it to know whether to look.</param>
public sealed record ProxySnapshot(long Revision, ImmutableArray<ProxyConfig> Proxies, AdminConfig Admin)
{
    public static readonly ProxySnapshot Empty = new(0, [], new AdminConfig());
}

/// <summary>Sento's own: the administration listener and the log.</summary>
public sealed record AdminConfig
{
    /// <summary>Address of /metrics and /health, for example 127.0.0.1:8080; null: none.</summary>
    public string? Listen { get; init; }

    public LogFormat LogFormat { get; init; } = LogFormat.Text;
}

public enum LogFormat { Text, Json }

public enum EngineFamily { PostgreSql, MySql }

/// <summary>One proxy: AWS::RDS::DBProxy with its endpoints and its target group.</summary>
public sealed record ProxyConfig
{
    public required string DBProxyName { get; init; }

    public required EngineFamily EngineFamily { get; init; }

    public bool RequireTLS { get; init; }

    /// <summary>1 s to 8 h; 30 min.</summary>
    public TimeSpan IdleClientTimeout { get; init; } = TimeSpan.FromSeconds(1800);

    public bool DebugLogging { get; init; }

    public ImmutableArray<AuthConfig> Auth { get; init; } = [];

    public ImmutableArray<EndpointConfig> Endpoints { get; init; } = [];

    public required TargetGroupConfig TargetGroup { get; init; }

    // Sento's own, below.

    /// <summary>Time a client has from its first byte until it is signed in; 1 s to 10 min; 60 s.</summary>
    public TimeSpan SignInTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time a transaction may be open; zero: no bound.</summary>
    public TimeSpan TransactionTimeout { get; init; }

    /// <summary>Longest time a client may be silent inside a transaction; zero: no bound.</summary>
    public TimeSpan IdleInTransactionTimeout { get; init; }

    /// <summary>Clients of the whole proxy; 0: no bound but the process's own descriptors.</summary>
    public int MaxClientConnections { get; init; }

    /// <summary>Clients of one user; 0: no bound.</summary>
    public int MaxClientConnectionsPerUser { get; init; }

    /// <summary>Time that a shutdown waits for open transactions; 30 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public PinningRules PinningRules { get; init; } = PinningRules.Sento;

    /// <summary>Server certificate and key; null: self-signed, made at first start.</summary>
    public CertificateConfig? Certificate { get; init; }

    /// <summary>PEM file of authorities that may sign client certificates; null: none asked for.</summary>
    public string? ClientCertificateAuthorities { get; init; }

    public AuthQueryConfig? AuthQuery { get; init; }
}

public enum PinningRules { Sento, Rds }

public sealed record CertificateConfig(string CertificateFile, string PrivateKeyFile);

/// <summary>Where the role's verifier is looked up when no secret names the role.</summary>
/// <param name="SecretArn">The privileged secret that signs in for the look-up.</param>
/// <param name="Database">The database the look-up runs in.</param>
/// <param name="Query">One parameter, the role name; two columns, name and verifier; null: the built-in one over pg_authid.</param>
public sealed record AuthQueryConfig(string SecretArn, string Database, string? Query);

/// <summary>An entry of Auth, with the secret it names already resolved to readers.</summary>
public sealed record AuthConfig
{
    public required string SecretArn { get; init; }

    public string? Description { get; init; }

    public IamAuth IAMAuth { get; init; } = IamAuth.Disabled;

    public ClientPasswordAuthType ClientPasswordAuthType { get; init; } = ClientPasswordAuthType.PostgresScramSha256;

    public required SecretConfig Secret { get; init; }
}

public enum IamAuth { Disabled, Enabled, Required }

/// <summary>How clients prove the password.</summary>
/// <remarks>The last three are Sento's own: clear text (TLS only), client certificate, and none (loopback and Unix sockets only).</remarks>
public enum ClientPasswordAuthType { PostgresScramSha256, PostgresMd5, Password, Certificate, Trust }

/// <summary>User name and password as they stood when the configuration was read.</summary>
public sealed record SecretConfig(string Name, string UserName, Sento.Base.SecretBytes Password);

/// <summary>Where clients connect: AWS::RDS::DBProxyEndpoint plus its listen addresses.</summary>
public sealed record EndpointConfig
{
    public required string DBProxyEndpointName { get; init; }

    public TargetRole TargetRole { get; init; } = TargetRole.ReadWrite;

    // Sento's own, below.

    /// <summary>host:port, [v6]:port or the absolute path of a Unix socket.</summary>
    public required ImmutableArray<string> Listen { get; init; }

    public PoolMode PoolMode { get; init; } = PoolMode.Transaction;
}

public enum TargetRole { ReadWrite, ReadOnly }

public enum PoolMode { Transaction, Session, Statement }

/// <summary>AWS::RDS::DBProxyTargetGroup: the targets and how many connections go to them.</summary>
public sealed record TargetGroupConfig
{
    public string TargetGroupName { get; init; } = "default";

    public required ImmutableArray<TargetConfig> Targets { get; init; }

    public PoolConfig ConnectionPoolConfigurationInfo { get; init; } = new();
}

/// <summary>One database server.</summary>
public sealed record TargetConfig
{
    /// <summary>Host name, address, or the folder of a Unix socket.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Database that a client gets which names none; null: its user name, as directly.</summary>
    public string? DefaultDatabase { get; init; }

    public TargetTls Tls { get; init; } = TargetTls.Prefer;

    /// <summary>PEM file of trusted authorities for verify-ca and verify-full; null: the system's.</summary>
    public string? AuthorityFile { get; init; }

    public CertificateConfig? ClientCertificate { get; init; }
}

/// <summary>As libpq's sslmode.</summary>
public enum TargetTls { Disable, Allow, Prefer, Require, VerifyCa, VerifyFull }

/// <summary>ConnectionPoolConfigurationInfo, RDS's defaults and ranges, plus Sento's own.</summary>
public sealed record PoolConfig
{
    /// <summary>1 to 100 % of the target's max_connections.</summary>
    public int MaxConnectionsPercent { get; init; } = 100;

    /// <summary>0 to MaxConnectionsPercent; null: half of it.</summary>
    public int? MaxIdleConnectionsPercent { get; init; }

    /// <summary>0 to 300 s.</summary>
    public TimeSpan ConnectionBorrowTimeout { get; init; } = TimeSpan.FromSeconds(120);

    public ImmutableArray<string> SessionPinningFilters { get; init; } = [];

    /// <summary>Runs once on each new server connection.</summary>
    public string? InitQuery { get; init; }

    // Sento's own, below.

    /// <summary>Absolute number of server connections; 0: by MaxConnectionsPercent.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Server connections of one user; 0: no bound but the target's.</summary>
    public int MaxConnectionsPerUser { get; init; }

    /// <summary>Connections of a used pool that are kept open although idle.</summary>
    public int MinIdle { get; init; }

    /// <summary>Idle connections above MinIdle are closed after this; 5 min as in RDS.</summary>
    public TimeSpan ServerIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A connection is replaced after this (less up to 10 % of jitter) once it is released; 24 h as in RDS.</summary>
    public TimeSpan ServerLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Time to reach the target and sign in; 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Clients that may wait for a connection at once; 0: no bound but the clients' own.</summary>
    public int MaxWaitingClients { get; init; } = 20_000;

    /// <summary>Connections being opened to one target at the same time.</summary>
    public int MaxConcurrentConnects { get; init; } = 8;
}
