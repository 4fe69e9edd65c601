using Sento.Base;
using Sento.DataPlane.Session;

namespace Sento.Postgres.Client;

/// <summary>
/// Counts what one client's requests cost. A field of its <see cref="ClientRelay"/>, not an object.
/// </summary>
/// <remarks>
/// Increments on counters that its loop alone writes, and the loop's own clock: no call of the system.
/// </remarks>
internal struct RelayMeter
{
    private LoopTime _since;

    /// <summary>The first message of a group goes to the server.</summary>
    public void BeginGroup(ClientSession session) => _since = session.Loop.Now;

    /// <summary>
    /// A group is answered: from its first message on, or from the end of the one before it.
    /// </summary>
    public void EndGroup(ClientSession session)
    {
        if (session.Counters is not { } counters)
            return;
        var now = session.Loop.Now;
        var microseconds = now.Microseconds - _since.Microseconds;
        counters.QueryDatabaseResponseLatency.Observe(microseconds);
        counters.QueryResponseLatency.Observe(microseconds + session.TakeLastWait());
        _since = now;
    }

    public static void CountSent(ClientSession session, int bytes)
    {
        if (session.Counters is { } counters)
            counters.BytesToClients += bytes;
    }

    /// <summary>A request was answered without a database connection.</summary>
    public static void CountLocal(ClientSession session)
    {
        if (session.Counters is { } counters)
            counters.AnsweredLocally++;
    }

    public static void CountPrepared(ClientSession session, bool isHit)
    {
        if (session.Counters is not { } counters)
            return;
        if (isHit) counters.PreparedHits++;
        else counters.PreparedMisses++;
    }
}
