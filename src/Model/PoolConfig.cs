using System.Collections.Immutable;

namespace Sento.Model;

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

    /// <summary>
    /// A released connection is replaced after this, less up to 10 % of jitter; 24 h as in RDS.
    /// </summary>
    public TimeSpan ServerLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Time to reach the target and sign in; 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Clients that may wait for a connection at once; 0: no bound but the clients' own.</summary>
    public int MaxWaitingClients { get; init; } = 20_000;

    /// <summary>Connections being opened to one target at the same time.</summary>
    public int MaxConcurrentConnects { get; init; } = 8;
}
