using Sento.Model;

namespace Sento.DataPlane.Pool;

/// <summary>A pool's settings as they stand in this revision, in the form that the pool uses them.</summary>
public sealed record PoolPolicy
{
    public required int MaxConnections { get; init; }

    public required int MaxConnectionsPercent { get; init; }

    public required int MaxIdlePercent { get; init; }

    public required int MaxConnectionsPerUser { get; init; }

    public required int MinIdle { get; init; }

    public required int MaxWaitingClients { get; init; }

    public required int MaxConcurrentConnects { get; init; }

    public required TimeSpan BorrowTimeout { get; init; }

    public required TimeSpan ServerIdleTimeout { get; init; }

    public required TimeSpan ServerLifetime { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    public required string? InitQuery { get; init; }

    public static PoolPolicy From(PoolConfig config) => new()
    {
        MaxConnections = config.MaxConnections,
        MaxConnectionsPercent = config.MaxConnectionsPercent,
        MaxIdlePercent = config.MaxIdleConnectionsPercent ?? config.MaxConnectionsPercent / 2,
        MaxConnectionsPerUser = config.MaxConnectionsPerUser,
        MinIdle = config.MinIdle,
        MaxWaitingClients = config.MaxWaitingClients,
        MaxConcurrentConnects = config.MaxConcurrentConnects,
        BorrowTimeout = config.ConnectionBorrowTimeout,
        ServerIdleTimeout = config.ServerIdleTimeout,
        ServerLifetime = config.ServerLifetime,
        ConnectTimeout = config.ConnectTimeout,
        InitQuery = string.IsNullOrWhiteSpace(config.InitQuery) ? null : config.InitQuery,
    };
}
