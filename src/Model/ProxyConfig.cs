using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>One proxy: AWS::RDS::DBProxy with its endpoints and its target group.</summary>
public sealed record ProxyConfig
{
    public required string DBProxyName { get; init; }

    public required EngineFamily EngineFamily { get; init; }

    public bool RequireTLS { get; init; }

    /// <summary>1 s to 8 h; 30 min.</summary>
    public TimeSpan IdleClientTimeout { get; init; } = TimeSpan.FromSeconds(1800);

    public bool DebugLogging { get; init; }

    public DefaultAuthScheme DefaultAuthScheme { get; init; } = DefaultAuthScheme.None;

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

    /// <summary>
    /// How long the machine of a client that holds a server connection may answer nothing; 10 s to 1 h;
    /// 2 min; zero: no bound but the system's own.
    /// </summary>
    public TimeSpan LostClientTimeout { get; init; } = TimeSpan.FromMinutes(2);

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

    /// <summary>What policies call this proxy; null: prx- and its name.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The role at AWS that signs in to targets; null: whoever we are there.</summary>
    public string? RoleArn { get; init; }

    /// <summary>Whose token asks targets what they are while nobody else has come; null: nobody's.</summary>
    public string? ProbeUser { get; init; }

    /// <summary>Whose token a client has sent stands in the database's own views.</summary>
    public bool ShowPrincipal { get; init; }

    /// <summary>Sign-ins with tokens that one principal may make in a second; 0: no bound.</summary>
    public int TokenSignInsPerSecond { get; init; } = 1000;

    /// <summary>
    /// Says the same, element by element. (Arrays of a record are equal only when they are the same array.)
    /// </summary>
    public bool IsSame(ProxyConfig other)
    {
        var group = TargetGroup;
        var pool = group.ConnectionPoolConfigurationInfo;
        var otherPool = other.TargetGroup.ConnectionPoolConfigurationInfo;
        return pool.SessionPinningFilters.SequenceEqual(otherPool.SessionPinningFilters)
            && group.Targets.SequenceEqual(other.TargetGroup.Targets)
            && Auth.SequenceEqual(other.Auth)
            && Endpoints.Length == other.Endpoints.Length
            && Endpoints.Zip(other.Endpoints).All(pair => pair.First.IsSame(pair.Second))
            && this == other with
            {
                Auth = Auth,
                Endpoints = Endpoints,
                TargetGroup = other.TargetGroup with
                {
                    Targets = group.Targets,
                    ConnectionPoolConfigurationInfo = otherPool with
                    {
                        SessionPinningFilters = pool.SessionPinningFilters,
                    },
                },
            };
    }
}

public enum EngineFamily { PostgreSql, MySql }

/// <summary>How the proxy signs in to targets: with the secrets of Auth, or with tokens.</summary>
public enum DefaultAuthScheme { None, IamAuth }

public enum PinningRules { Sento, Rds }

/// <summary>PEM files; read again when they change.</summary>
public sealed record CertificateConfig(string CertificateFile, string PrivateKeyFile);
