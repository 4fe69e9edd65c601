using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Where clients connect: AWS::RDS::DBProxyEndpoint plus its listen addresses.</summary>
public sealed record EndpointConfig
{
    public required string DBProxyEndpointName { get; init; }

    public TargetRole TargetRole { get; init; } = TargetRole.ReadWrite;

    // Sento's own, below.

    /// <summary>host:port, [v6]:port or the absolute path of a Unix socket.</summary>
    public required ImmutableArray<string> Listen { get; init; }

    /// <summary>
    /// What clients call this endpoint: HOST or HOST:PORT, for tokens; <c>*</c>: anything. Beside the
    /// addresses in Listen.
    /// </summary>
    public ImmutableArray<string> AdvertisedHosts { get; init; } = [];

    public PoolMode PoolMode { get; init; } = PoolMode.Transaction;

    /// <summary>Says the same, address by address.</summary>
    public bool IsSame(EndpointConfig other) =>
        Listen.SequenceEqual(other.Listen) && AdvertisedHosts.SequenceEqual(other.AdvertisedHosts)
        && this == other with { Listen = Listen, AdvertisedHosts = AdvertisedHosts };
}

public enum TargetRole { ReadWrite, ReadOnly }

public enum PoolMode { Transaction, Session, Statement }
