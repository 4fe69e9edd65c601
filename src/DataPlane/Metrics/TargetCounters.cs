using Sento.Base;

namespace Sento.DataPlane.Metrics;

/// <summary>
/// What one loop counts at one target. Only that loop writes; see <see cref="EndpointCounters"/>.
/// </summary>
public sealed class TargetCounters
{
    internal TargetCounters(string proxy, string targetGroup, string target)
    {
        Proxy = proxy;
        TargetGroup = targetGroup;
        Target = target;
    }

    public string Proxy { get; }

    public string TargetGroup { get; }

    /// <summary>host:port.</summary>
    public string Target { get; }

    // Server connections that are there now.
    public long DatabaseConnections;
    public long DatabaseConnectionsWithTLS;
    public long DatabaseConnectionsCurrentlyBorrowed;
    public long DatabaseConnectionsCurrentlyInTransaction;
    public long DatabaseConnectionsCurrentlySessionPinned;

    // Databases and users that connections are pooled for.
    public long ConnectionPools;

    // Connections that only listen for notifications, what to, and for how many clients.
    public long ListeningConnections;
    public long ListenedChannels;
    public long ListeningClients;

    // Server connections that came and went.
    public long DatabaseConnectionRequests;
    public long DatabaseConnectionRequestsWithTLS;
    public long DatabaseConnectionsSetupSucceeded;
    public long DatabaseConnectionsSetupFailed;
    public readonly long[] ServerEnds = new long[(int)EndReason.ProxyBug + 1];

    /// <summary>
    /// Usable cap of the whole target. Each loop may set it: the highest counts, not the sum.
    /// </summary>
    public long MaxDatabaseConnectionsAllowed;

    /// <summary>
    /// 100 while the target is up, 0 while it is down. Each loop may set it: the highest counts.
    /// </summary>
    public long AvailabilityPercentage;

    /// <summary>From the start of a connect until the connection can be lent.</summary>
    public readonly WaitHistogram ConnectTime = new();

    public void ServerEnded(EndReason reason) => ServerEnds[(int)reason]++;
}
