using Sento.Base;

namespace Sento.DataPlane.Metrics;

/// <summary>
/// What one loop counts at one endpoint. Only that loop writes; readers see whole, slightly old numbers.
/// </summary>
/// <remarks>
/// Fields, not properties, and not atomic: an increment in the hot path is one instruction on memory that no
/// other loop writes. Names are CloudWatch's where it has one. Fields that count what is there now go up and
/// down; all others only go up.
/// </remarks>
public sealed class EndpointCounters
{
    internal EndpointCounters(string proxy, string endpoint, int pinReasonCount)
    {
        Proxy = proxy;
        Endpoint = endpoint;
        Pins = new long[pinReasonCount];
        PinnedNow = new long[pinReasonCount];
    }

    public string Proxy { get; }

    public string Endpoint { get; }

    // Clients that are there now.
    public long ClientConnections;
    public long ClientConnectionsTLS;
    public long ClientConnectionsNoTLS;
    public long ClientsWaiting;

    // Clients that came and went.
    public long ClientConnectionsReceived;
    public long ClientConnectionsSetupSucceeded;
    public long ClientConnectionsSetupFailedAuth;
    public long ClientConnectionsClosed;
    public readonly long[] ClientEnds = new long[(int)EndReason.ProxyBug + 1];

    // Work.
    public long QueryRequests;
    public long QueryRequestsTLS;
    public long QueryRequestsNoTLS;
    public long Transactions;
    public long BytesFromClients;
    public long BytesToClients;
    public long BorrowTimeouts;
    public long CancelRequests;
    public long StatementsAbandoned;
    public long PreparedHits;
    public long PreparedMisses;
    public long SettingsReplays;
    public long AnsweredLocally;

    /// <summary>Time from wanting a server connection until having it; no wait counts as 0.</summary>
    public readonly WaitHistogram BorrowWait = new();

    /// <summary>From a client's first byte until it is signed in.</summary>
    public readonly WaitHistogram SignIn = new();

    public LatencySum QueryResponseLatency;
    public LatencySum QueryDatabaseResponseLatency;

    /// <summary>
    /// Pins so far, by reason (index into the reasons that <see cref="ProxyMetrics"/> was made with).
    /// </summary>
    public readonly long[] Pins;

    /// <summary>Pinned sessions now, by reason.</summary>
    public readonly long[] PinnedNow;

    /// <summary>Time under a pin of the sessions that are no longer pinned.</summary>
    public readonly WaitHistogram PinnedTime = new();

    public void ClientEnded(EndReason reason)
    {
        ClientConnectionsClosed++;
        ClientEnds[(int)reason]++;
    }

    public void Pin(int reason)
    {
        Pins[reason]++;
        PinnedNow[reason]++;
    }

    public void Unpin(int reason, long heldMicroseconds)
    {
        PinnedNow[reason]--;
        PinnedTime.Observe(heldMicroseconds);
    }
}

/// <summary>Count and sum of durations whose distribution nobody needs.</summary>
public struct LatencySum
{
    public long Count;
    public long Microseconds;

    public void Observe(long microseconds)
    {
        Count++;
        Microseconds += microseconds;
    }
}
