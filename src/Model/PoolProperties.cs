using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.PoolConfig>;

namespace Sento.Model;

/// <summary>ConnectionPoolConfigurationInfo, property by property.</summary>
public static class PoolProperties
{
    // PostgreSQL 18, Connections and Authentication, max_connections: its own upper bound.
    private const int ServerConnectionsMax = 262_143;

    public static readonly PoolConfig Blank = new();

    public static readonly ImmutableArray<Property<PoolConfig>> All =
    [
        Whole(
            "MaxConnectionsPercent", Rds, 1, 100, p => p.MaxConnectionsPercent,
            (p, v) => p with { MaxConnectionsPercent = v },
            "Connections to each target, in percent of its max_connections less the reserved ones."),
        Whole(
            "MaxIdleConnectionsPercent", Rds, 0, 100, p => p.MaxIdleConnectionsPercent,
            (p, v) => p with { MaxIdleConnectionsPercent = v },
            "Idle connections kept, in percent of max_connections; at most MaxConnectionsPercent. Left out: "
            + "half of "
            + "MaxConnectionsPercent."),
        Seconds(
            "ConnectionBorrowTimeout", 0, 300, p => p.ConnectionBorrowTimeout,
            (p, v) => p with { ConnectionBorrowTimeout = v },
            "How long a client waits for a server connection before it is told. 0: not at all."),
        List(
            "SessionPinningFilters", Rds, p => p.SessionPinningFilters,
            (p, v) => p with { SessionPinningFilters = v },
            "MySQL only, as in RDS.", "list", "EXCLUDE_VARIABLE_SETS"),
        Text(
            "InitQuery", Rds, p => p.InitQuery, (p, v) => p with { InitQuery = v },
            "SQL that runs once on each new server connection; its settings become the connection's own.",
            type: "SQL"),
        Whole(
            "MaxConnections", Own, 1, ServerConnectionsMax, p => p.MaxConnections,
            (p, v) => p with { MaxConnections = v }, "Connections to each target as a number.",
            "by MaxConnectionsPercent"),
        Whole(
            "MaxConnectionsPerUser", Own, 1, ServerConnectionsMax, p => p.MaxConnectionsPerUser,
            (p, v) => p with { MaxConnectionsPerUser = v }, "Connections of one user to each target.",
            "no bound"),
        Whole(
            "MinIdle", Own, 0, ServerConnectionsMax, p => p.MinIdle, (p, v) => p with { MinIdle = v },
            "Connections of a pool in use that stay open although idle."),
        Duration(
            "ServerIdleTimeout", "1s", "7d", p => p.ServerIdleTimeout,
            (p, v) => p with { ServerIdleTimeout = v },
            "Idle connections above MinIdle are closed after this."),
        Duration(
            "ServerLifetime", "1s", "30d", p => p.ServerLifetime, (p, v) => p with { ServerLifetime = v },
            "A connection of this age, less up to 10 % of jitter, is replaced once it is released."),
        Duration(
            "ConnectTimeout", "100ms", "10m", p => p.ConnectTimeout, (p, v) => p with { ConnectTimeout = v },
            "Time to reach a target and to sign in to it."),
        Whole(
            "MaxWaitingClients", Own, 1, 1_000_000, p => p.MaxWaitingClients,
            (p, v) => p with { MaxWaitingClients = v },
            "Clients that may wait for a server connection at once; more are told so.",
            "no bound but the clients' own"),
        Whole(
            "MaxConcurrentConnects", Own, 1, 1_000, p => p.MaxConcurrentConnects,
            (p, v) => p with { MaxConcurrentConnects = v },
            "Connections being opened to one target at once."),
    ];
}
