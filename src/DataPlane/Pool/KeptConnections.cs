using Sento.Base;
using Sento.Transport;

namespace Sento.DataPlane.Pool;

/// <summary>
/// Idle connections of one pool on which something of their last borrower is left that only it may want:
/// others get them last. Loop thread only.
/// </summary>
/// <remarks>
/// No pin: a borrower that does not come back holds nobody up for longer than <see cref="Grace"/>. Until then
/// others take what else is idle, or have a connection opened, or wait; after it they still rather open one
/// where the budget has room, up to <see cref="KeptMax"/>.
/// </remarks>
internal sealed class KeptConnections : ITimerOwner
{
    /// <summary>
    /// How long others wait for it where all else is busy: what a program needs between two statements.
    /// </summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(50);

    /// <summary>How long others open a connection rather than take this one.</summary>
    internal static readonly TimeSpan KeptMax = TimeSpan.FromSeconds(10);

    private readonly TargetPool _pool;
    private readonly LoopTimer _timer;

    public KeptConnections(TargetPool pool)
    {
        _pool = pool;
        _timer = new LoopTimer(this);
    }

    public int Count { get; private set; }

    /// <summary>About to be put back as idle: kept for whoever had it.</summary>
    public void Keep(ServerConnection server)
    {
        Invariant.Holds(!server.IsKept);
        server.IsKept = true;
        Count++;
    }

    /// <summary>It is idle no more.</summary>
    public void Forget(ServerConnection server)
    {
        if (!server.IsKept)
            return;
        server.IsKept = false;
        Count--;
    }

    /// <summary>What is kept for this borrower; null: nothing.</summary>
    public ServerConnection? OwnOf(BorrowTicket ticket) =>
        Count > 0 && ticket.OwnIdle(_pool) is { IsKept: true } own ? own : null;

    /// <summary>The connection to lend; null: none now, it is to be waited for.</summary>
    public ServerConnection? Choose(BorrowTicket ticket)
    {
        if (OwnOf(ticket) is { } own)
            return Trusted(own);
        if (Free(ticket.BorrowerId) is { } free)
            return Trusted(free);
        if (!_pool.NeedsMore(ticket.IsWaiting ? 0 : 1)
            || (_pool.Target.Down is null && _pool.Target.MayOpen(_pool)))
            return null;
        if (Oldest() is not { } oldest)
            return null;
        var over = oldest.IdleSince + Grace;
        if (_pool.Loop.Now >= over)
            return Trusted(oldest);
        if (!_timer.IsArmed)
            _pool.Loop.Timers.Arm(_timer, over);
        return null;
    }

    /// <summary>Somebody has waited until the time of a kept connection was over.</summary>
    void ITimerOwner.OnTimer(LoopTimer timer) => _pool.Serve();

    /// <summary>Somebody is still to come back for it.</summary>
    public bool Holds(ServerConnection server) =>
        server.IsKept && _pool.Loop.Now - server.IdleSince <= KeptMax;

    /// <summary>
    /// The most recently used that nobody is to come back for; one that must be asked first where there is no
    /// other.
    /// </summary>
    private ServerConnection? Free(long borrowerId)
    {
        ServerConnection? found = null;
        for (var server = _pool.NewestIdle; server is not null; server = server.PreviousIdle)
        {
            if (Holds(server))
                continue;
            if (server.IsTrusted && !(_pool.Target.SwitchAlways && server.LastBorrowerId == borrowerId))
                return server;
            if (found is null || server.IsTrusted)
                found = server;
        }
        return found;
    }

    /// <summary>The one that has waited longest for its borrower, and is not waited for already.</summary>
    private ServerConnection? Oldest()
    {
        var server = _pool.OldestIdle;
        while (server is { IsBeingAsked: true })
            server = server.NextIdle;
        return server;
    }

    /// <summary>The same, or null: it was silent for long, and is asked for a sign of life first.</summary>
    private ServerConnection? Trusted(ServerConnection server)
    {
        if (!server.IsTrusted && !server.IsBeingAsked)
            _pool.Ask(server);
        return server.IsTrusted ? server : null;
    }
}
