using Sento.Base;
using Sento.Transport;

namespace Sento.DataPlane.Pool;

/// <summary>
/// The server connections of one database and user of one target, and the queue for them. Loop thread
/// only.
/// </summary>
public sealed class TargetPool
{
    private readonly BorrowQueue _waiting = new();
    private readonly HashSet<ServerConnection> _servers = [];
    private readonly BackOff _retry;
    private bool _isServing;
    private int _askedCount;
    private int _members;
    private LoopTime _servedAt;

    internal TargetPool(Target target, PoolKey key)
    {
        Target = target;
        Key = key;
        Kept = new KeptConnections(this);
        _retry = new BackOff(target.Loop, target.Jitter, OpenIfNeeded);
    }

    public Target Target { get; }

    public PoolKey Key { get; }

    public EventLoop Loop => Target.Loop;

    public PoolPolicy Policy => Target.Budget.Policy;

    /// <summary>What the protocol knows of this pool (parameters, profiles); made on first use.</summary>
    public object? ProtocolFacts { get; set; }

    /// <summary>All connections: opening, idle and borrowed.</summary>
    public int Count { get; private set; }

    public int IdleCount => Free.Count + Kept.Count;

    public int OpeningCount { get; private set; }

    public int WaitingCount => _waiting.Count;

    /// <summary>All connections of this pool, in no order.</summary>
    public IReadOnlyCollection<ServerConnection> Servers => _servers;

    /// <summary>Counts up to make all present connections stale: they close when they come back.</summary>
    public long Generation { get; private set; }

    public LoopTime LastUsed { get; private set; }

    /// <summary>
    /// Nobody is here and nobody waits: what remains is memory. Clients choose the names of databases, and a
    /// replication client has a pool of its own, so pools must not pile up. One that has worked is kept for
    /// a while: what is known of it spares the next client a question.
    /// </summary>
    internal bool IsForgotten => _members == 0 && Count == 0 && WaitingCount == 0
        && (_servedAt == default || Key.Variant.Length > 0 || Loop.Now - LastUsed > Limits.UnusedPoolAge);

    /// <summary>Whether connections are kept warm for clients to come.</summary>
    internal bool IsKeptWarm => !Key.IsOfOneClient && _servedAt > default(LoopTime)
        && (Key.Variant.Length == 0 || _members > 0);

    /// <summary>Idle connections that are kept for clients to come.</summary>
    internal int MinIdle => IsKeptWarm ? Target.Budget.Policy.MinIdle : 0;

    /// <summary>Its only client has gone.</summary>
    internal bool IsAbandoned => Key.IsOfOneClient && _members == 0 && WaitingCount == 0;

    /// <summary>
    /// The server had no room for one more of this user and database when last asked, although it is up;
    /// null: it
    /// had.
    /// </summary>
    internal LoginFailure? Full { get; private set; }

    /// <summary>It is too early to ask a full server again.</summary>
    internal bool IsPausing => _retry.IsPausing;

    internal BorrowTicket? OldestWaiting => _waiting.First;

    internal ServerConnection? OldestIdle => Older(Free.Oldest, Kept.Oldest);

    internal ServerConnection? NewestIdle => Free.Newest ?? Kept.Newest;

    /// <summary>Idle, for anybody.</summary>
    internal IdleList Free { get; } = new();

    internal KeptConnections Kept { get; }

    /// <summary>Lends an idle connection now, or queues the ticket.</summary>
    /// <returns>The connection; null: queued, or failed in which case <paramref name="failure"/> says
    /// why.</returns>
    public ServerConnection? Borrow(BorrowTicket ticket, out BorrowFailure? failure)
    {
        failure = null;
        LastUsed = Loop.Now;
        if ((_waiting.Count == 0 || Kept.OwnOf(ticket) is not null) && TakeIdle(ticket) is { } idle)
        {
            Lend(idle, ticket);
            return idle;
        }
        failure = Target.RefuseBorrow(this);
        if (failure is not null)
            return null;
        ticket.Since = Loop.Now;
        ticket.Deadline = Loop.Now
            + (Policy.BorrowTimeout > TimeSpan.Zero ? Policy.BorrowTimeout : Target.AskPatience);
        _waiting.Enqueue(ticket, this);
        Target.OnWaiting(+1);
        AskIdle();
        OpenIfNeeded();
        return null;
    }

    /// <summary>Leaves the queue: the borrower has gone, was cancelled or has timed out.</summary>
    public void Withdraw(BorrowTicket ticket)
    {
        Invariant.Holds(ticket.Pool == this);
        _waiting.Remove(ticket);
        Target.OnWaiting(-1);
    }

    internal void Enter() => _members++;

    internal void Leave()
    {
        _members--;
        Invariant.Holds(_members >= 0);
        LastUsed = Loop.Now;
    }

    /// <summary>Closes idle connections now and the others when they come back.</summary>
    public void Retire(EndReason reason)
    {
        Generation++;
        while (NewestIdle is { } idle)
            idle.Break(reason);
    }

    /// <summary>Fails all that wait, each with the same news.</summary>
    internal void FailWaiting(BorrowFailure failure)
    {
        for (var left = _waiting.Count; left > 0 && _waiting.First is { } ticket; left--)
        {
            Withdraw(ticket);
            Fail(ticket, failure);
        }
    }

    /// <summary>Sends those away who belong to another target by now.</summary>
    internal void MoveWaiting(Func<IBorrower, bool> belongsElsewhere)
    {
        var ticket = _waiting.First;
        for (var left = _waiting.Count; left > 0 && ticket is { Pool: not null }; left--)
        {
            var next = ticket.Next;
            if (belongsElsewhere(ticket.Borrower))
            {
                Withdraw(ticket);
                Fail(ticket, BorrowFailure.Moved);
            }
            ticket = next;
        }
    }

    /// <summary>Ends waits that are over and that their borrowers did not end themselves.</summary>
    internal void ExpireWaiting()
    {
        while (_waiting.First is { } ticket && Loop.Now >= ticket.Deadline)
        {
            Withdraw(ticket);
            Fail(ticket, Target.TimedOut(this));
        }
    }

    /// <summary>Whoever calls may be building something for another.</summary>
    private void Fail(BorrowTicket ticket, BorrowFailure failure)
    {
        using var aside = Loop.SetAside();
        ticket.Borrower.OnBorrowFailed(failure);
    }

    internal void OnReady(ServerConnection server)
    {
        OpeningCount--;
        Target.Budget.OnOpened();
        Full = null;
        _retry.Reset();
        Target.OnLoginSucceeded(server);
        _servedAt = Loop.Now;
        PutIdle(server);
        // It was opened with what does not hold any more.
        if (server.Generation == Generation) Serve();
        else server.Break(EndReason.ServerStale);
    }

    internal void OnLoginFailed(ServerConnection server, LoginFailure failure)
    {
        Count--;
        _servers.Remove(server);
        OpeningCount--;
        Target.Budget.OnOpenFailed();
        Target.OnLoginFailed(this, failure);
    }

    /// <summary>Others are not held up by it: their connections may well find room.</summary>
    internal void OnFull(LoginFailure failure)
    {
        Full = failure;
        _retry.Pause();
        if (Kept.Count > 0)
            Serve();
        Target.Rebalance();
    }

    internal void OnReleased(ServerConnection server)
    {
        LastUsed = Loop.Now;
        Target.OnBorrowed(-1);
        var reason = server.Generation != Generation ? EndReason.ServerStale
            : Loop.Now >= server.ExpiresAt ? EndReason.ServerLifetimeReached
            : Target.Budget.Open > Target.Budget.Max ? EndReason.ServerEvicted
            : EndReason.None;
        PutIdle(server);
        if (reason != EndReason.None)
        {
            server.Break(reason);
            return;
        }
        if (_waiting.Count > 0 && !Target.HasStarvingPool(this)) Serve();
        else Target.Rebalance();
    }

    internal void OnBroken(ServerConnection server, ServerStage stage, EndReason reason, string detail)
    {
        if (stage == ServerStage.Idle)
        {
            Unlink(server);
            _askedCount -= server.IsBeingAsked ? 1 : 0;
        }
        if (stage is ServerStage.Borrowed or ServerStage.Cleaning)
            Target.OnBorrowed(-1);
        Count--;
        _servers.Remove(server);
        Target.Budget.OnClosed();
        Target.OnBroken(server, reason, detail);
        Target.Rebalance();
    }

    /// <summary>Opens connections while somebody waits for them and the budget has room.</summary>
    internal void OpenIfNeeded()
    {
        while (NeedsMore(0) && Target.MayOpen(this))
            Open();
    }

    /// <summary>More wait, and these besides, than connections are on their way.</summary>
    internal bool NeedsMore(int besides) =>
        // While the target is in doubt, its answers are not counted on.
        _waiting.Count + besides > OpeningCount + (Target.IsSuspect ? 0 : _askedCount);

    /// <summary>
    /// Idle connections that were silent for a while are asked before they are lent: a server whose machine
    /// died has said nothing.
    /// </summary>
    private void AskIdle()
    {
        Kept.Expire();
        for (var server = Free.Newest; server is not null && _askedCount < _waiting.Count;)
        {
            var older = server.PreviousIdle;
            if (!server.IsBeingAsked)
                Ask(server);
            server = older;
        }
    }

    internal void Ask(ServerConnection server)
    {
        _askedCount++;
        server.Ask();
    }

    internal void AskAllIdle()
    {
        AskAll(Free.Newest);
        AskAll(Kept.Newest);
    }

    private void AskAll(ServerConnection? newest)
    {
        for (var server = newest; server is not null;)
        {
            var older = server.PreviousIdle;
            if (!server.IsTrusted && !server.IsBeingAsked)
                Ask(server);
            server = older;
        }
    }

    /// <summary>An idle connection has given its sign of life.</summary>
    internal void OnAnswered()
    {
        _askedCount--;
        Invariant.Holds(_askedCount >= 0);
        Target.OnAlive();
        Serve();
    }

    internal void Open()
    {
        Count++;
        OpeningCount++;
        Target.Budget.OnOpening();
        var server = new ServerConnection(this) { Generation = Generation };
        _servers.Add(server);
        server.ExpiresAt = Target.ExpiryOf(server);
        Target.Connect(server);
    }

    /// <summary>Lends idle connections to those who wait, oldest first.</summary>
    internal void Serve()
    {
        // A borrower may release at once: let the outer call go on with the queue.
        if (_isServing)
            return;
        _isServing = true;
        while (_waiting.First is { } ticket && TakeIdle(ticket) is { } server)
        {
            Withdraw(ticket);
            Lend(server, ticket);
            using var aside = Loop.SetAside();
            ticket.Borrower.OnBorrowed(server);
        }
        _isServing = false;
        AskIdle();
        OpenIfNeeded();
    }

    private void Lend(ServerConnection server, BorrowTicket ticket)
    {
        server.Lend(ticket.Borrower);
        ticket.LastServer = server;
        Target.OnBorrowed(+1);
    }

    /// <summary>
    /// The one that the borrower had before, else the most recently used, whose caches are warm.
    /// </summary>
    private ServerConnection? TakeIdle(BorrowTicket ticket)
    {
        if (Kept.Count > 0)
            Kept.Expire();
        var server = Kept.Count > 0 ? Kept.Choose(ticket) : Choose(ticket);
        if (server is not null)
            Unlink(server);
        return server;
    }

    private ServerConnection? Choose(BorrowTicket ticket)
    {
        var server = Target.SwitchAlways ? OtherThan(ticket.BorrowerId) : ticket.OwnIdle(this) ?? Free.Newest;
        return server is { IsTrusted: false } ? NewestTrusted() : server;
    }

    private ServerConnection? NewestTrusted()
    {
        var server = Free.Newest;
        while (server is { IsTrusted: false })
            server = server.PreviousIdle;
        return server;
    }

    /// <summary>
    /// For tests: prefers the connection that somebody else used, so that every boundary is a hand-
    /// over.
    /// </summary>
    private ServerConnection? OtherThan(long borrowerId)
    {
        for (var server = Free.Oldest; server is not null; server = server.NextIdle)
        {
            if (server.IsTrusted && server.LastBorrowerId != borrowerId)
                return server;
        }
        return Free.Oldest;
    }

    private void PutIdle(ServerConnection server)
    {
        server.IdleSince = Loop.Now;
        if (server.IsKept) Kept.Add(server);
        else Free.Add(server);
    }

    private void Unlink(ServerConnection server)
    {
        if (server.IsKept) Kept.Remove(server);
        else Free.Remove(server);
        Invariant.Holds(IdleCount >= 0);
    }

    private static ServerConnection? Older(ServerConnection? one, ServerConnection? other) =>
        one is null || (other is not null && other.IdleSince < one.IdleSince) ? other : one;
}
