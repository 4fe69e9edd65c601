using Sento.Base;
using Sento.Transport;

namespace Sento.DataPlane.Pool;

/// <summary>
/// Idle connections of one pool on which something of their last borrower is left that only it may want:
/// others get them last. Loop thread only.
/// </summary>
/// <remarks>
/// No pin: a borrower that does not come back holds nobody up for longer than
/// <see cref="Limits.KeptConnectionGrace"/>. Until then others take what else is idle, or have a connection
/// opened, or wait; after it they still rather open one where the budget has room, until
/// <see cref="Limits.KeptConnectionAge"/> is over. Each choice takes constant time, however many are kept.
/// </remarks>
internal sealed class KeptConnections : ITimerOwner
{
    private readonly TargetPool _pool;
    private readonly IdleList _kept = new();
    private readonly LoopTimer _timer;

    public KeptConnections(TargetPool pool)
    {
        _pool = pool;
        _timer = new LoopTimer(this);
    }

    public int Count => _kept.Count;

    public ServerConnection? Oldest => _kept.Oldest;

    public ServerConnection? Newest => _kept.Newest;

    /// <summary>It is idle, for whoever had it.</summary>
    public void Add(ServerConnection server) => _kept.Add(server);

    /// <summary>It is idle no more.</summary>
    public void Remove(ServerConnection server)
    {
        server.IsKept = false;
        _kept.Remove(server);
    }

    /// <summary>Those whose borrowers have not come back in time are idle like any other.</summary>
    public void Expire()
    {
        while (_kept.Oldest is { } oldest && _pool.Loop.Now - oldest.IdleSince > Limits.KeptConnectionAge)
        {
            Remove(oldest);
            _pool.Free.AddByAge(oldest);
        }
    }

    /// <summary>What is kept for this borrower; null: nothing.</summary>
    public ServerConnection? OwnOf(BorrowTicket ticket) =>
        Count > 0 && ticket.OwnIdle(_pool) is { IsKept: true } own ? own : null;

    /// <summary>The connection to lend; null: none now, it is to be waited for.</summary>
    public ServerConnection? Choose(BorrowTicket ticket)
    {
        if (OwnOf(ticket) is { } kept)
            return Trusted(kept);
        if (!_pool.Target.SwitchAlways && ticket.OwnIdle(_pool) is { IsTrusted: true } own)
            return own;
        if (Free(ticket.BorrowerId) is { } free)
            return Trusted(free);
        if (!_pool.NeedsMore(ticket.IsWaiting ? 0 : 1)
            || (_pool.Target.Down is null && _pool.Target.MayOpen(_pool)))
            return null;
        if (OldestNotAsked() is not { } oldest)
            return null;
        var over = oldest.IdleSince + Limits.KeptConnectionGrace;
        if (_pool.Loop.Now >= over)
            return Trusted(oldest);
        if (!_timer.IsArmed)
            _pool.Loop.Timers.Arm(_timer, over);
        return null;
    }

    /// <summary>Somebody has waited until the time of a kept connection was over.</summary>
    void ITimerOwner.OnTimer(LoopTimer timer) => _pool.Serve();

    /// <summary>
    /// The most recently used that nobody is to come back for; one that must be asked first where there is no
    /// other.
    /// </summary>
    private ServerConnection? Free(long borrowerId)
    {
        ServerConnection? found = null;
        for (var server = _pool.Free.Newest; server is not null; server = server.PreviousIdle)
        {
            if (server.IsTrusted && !(_pool.Target.SwitchAlways && server.LastBorrowerId == borrowerId))
                return server;
            if (found is null || server.IsTrusted)
                found = server;
        }
        return found;
    }

    /// <summary>The one that has waited longest for its borrower, and is not waited for already.</summary>
    private ServerConnection? OldestNotAsked()
    {
        var server = _kept.Oldest;
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
