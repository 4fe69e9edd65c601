using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Routing;
using Sento.Transport;

namespace Sento.DataPlane.Session;

/// <summary>
/// One client from accept to goodbye: its connection, its deadlines, its place in the queue.
/// </summary>
/// <remarks>
/// What its bytes mean is its protocol's business; when it must end is decided here. Loop thread only.
/// </remarks>
public sealed class ClientSession : IConnectionOwner, ITimerOwner, IBorrower
{
    private const int TimesSilentMax = 3;
    private static long _lastId;
    private readonly LoopTimer _timer;
    private readonly BorrowTicket _ticket;
    private Connection? _connection;
    private TargetPool? _pool;
    private LoopTime _transactionSince = LoopTime.Never;
    private LoopTime _answeredAt;
    private int _lastWait;
    private byte _timesSilent;

    internal ClientSession(Proxy proxy, Endpoint endpoint, PeerAddress peer)
    {
        Id = Interlocked.Increment(ref _lastId);
        Proxy = proxy;
        Endpoint = endpoint;
        Peer = peer;
        ConnectedAt = LastActive = proxy.Loop.Now;
        _timer = new LoopTimer(this);
        _ticket = new BorrowTicket(this);
        Protocol = proxy.Protocol.NewClient(this);
    }

    internal ClientSession? NextSession;
    internal ClientSession? PreviousSession;

    public long Id { get; }

    public Proxy Proxy { get; }

    public Endpoint Endpoint { get; }

    public EventLoop Loop => Proxy.Loop;

    /// <summary>Where the client dials from.</summary>
    public PeerAddress Peer { get; }

    public IClientProtocol Protocol { get; }

    public LoopTime ConnectedAt { get; }

    /// <summary>When it was heard last.</summary>
    public LoopTime LastActive { get; private set; }

    /// <summary>What it asks may take longer than it may be silent: that counts from the answer.</summary>
    private LoopTime SilentSince => _answeredAt > LastActive ? _answeredAt : LastActive;

    /// <summary>Set when sign-in begins; another only by <see cref="ChangeUser"/>.</summary>
    public string User { get; private set; } = "";

    public string Database { get; private set; } = "";

    /// <summary>Whose token let it in; null: it had a password.</summary>
    public string? Principal { get; set; }

    /// <summary>It ends because of its token, and whoever judged that has written it down.</summary>
    public bool IsTokenRefused { get; set; }

    public bool IsSignedIn { get; private set; }

    /// <summary>It has come only just now: its first request may be on its way.</summary>
    internal bool IsNewcomer => Transactions == 0 && Loop.Now - LastActive < Limits.NewcomerAge;

    public bool IsEnded { get; private set; }

    public bool IsWaiting => _ticket.IsWaiting;

    public bool IsTls { get; set; }

    /// <summary>Transactions that have ended, single statements included.</summary>
    public long Transactions { get; private set; }

    /// <summary>Its endpoint's counters, looked up once.</summary>
    public Metrics.EndpointCounters? Counters { get; set; }

    /// <summary>How long it has waited for a connection by now; null: it does not wait.</summary>
    public TimeSpan? WaitedFor => _ticket.IsWaiting ? Loop.Now - _ticket.Since : null;

    /// <summary>Where in its life it is, in a word.</summary>
    public string Stage => !IsSignedIn ? "signing in" : IsWaiting ? "waiting"
        : Protocol.IsPinned ? "pinned" : Protocol.IsInTransaction ? "in transaction" : Protocol.IsBusy ? "active" : "idle";

    public Connection Connection
    {
        get
        {
            Invariant.Holds(_connection is not null);
            return _connection;
        }
    }

    internal void Start(int descriptor)
    {
        _connection = Connection.Accept(Loop, descriptor, this);
        Loop.Timers.Arm(_timer, ConnectedAt + Proxy.Config.SignInTimeout);
        Protocol.OnStarted();
    }

    /// <summary>Who the client says it is; from now on that can't change.</summary>
    public void Identify(string user, string database)
    {
        Invariant.Holds(User.Length == 0);
        // Thousands of sessions share few names: one copy of each.
        User = Proxy.Share(user);
        Database = Proxy.Share(database);
        Proxy.CountUser(user, +1);
    }

    /// <summary>Where this session borrows.</summary>
    public TargetPool Pool
    {
        get
        {
            Invariant.Holds(_pool is not null);
            return _pool;
        }
    }

    /// <summary>Where this session borrows from now on; that pool is kept as long.</summary>
    public void Join(TargetPool pool)
    {
        Invariant.Holds(!IsEnded);
        _pool?.Leave();
        _pool = pool;
        pool.Enter();
    }

    /// <summary>A protocol that can begins another sign-in on the same connection.</summary>
    public void ChangeUser(string user, string database)
    {
        Invariant.Holds(IsSignedIn);
        Proxy.CountUser(User, -1);
        User = user;
        Database = database;
        Principal = null;
        Proxy.CountUser(user, +1);
        _ticket.LastServer = null;
        OnTransaction(false);
    }

    public void CompleteSignIn()
    {
        Invariant.Holds(!IsSignedIn);
        IsSignedIn = true;
        LastActive = Loop.Now;
        Proxy.OnSignedIn(this);
        Reschedule();
    }

    /// <summary>Asks a pool for a connection.</summary>
    /// <returns>The connection; null: it will come through <see cref="IClientProtocol.OnBorrowed"/>, or the
    /// news that none will.</returns>
    public ServerConnection? Borrow(TargetPool pool)
    {
        var server = pool.Borrow(_ticket, out var failure);
        if (server is not null)
        {
            Counters?.BorrowWait.Observe(0);
            return server;
        }
        if (failure is not null)
        {
            FailBorrow(failure, TimeSpan.Zero);
            return null;
        }
        WakeBy(_ticket.Deadline);
        return null;
    }

    /// <summary>A transaction has ended, or a statement outside one.</summary>
    public void CountTransaction(ServerConnection server)
    {
        Transactions++;
        server.Transactions++;
        if (Counters is { } counters)
            counters.Transactions++;
    }

    /// <summary>Microseconds that it waited for its last connection; told once.</summary>
    public long TakeLastWait()
    {
        var wait = _lastWait;
        _lastWait = 0;
        return wait;
    }

    /// <summary>No longer wants the connection that it waits for.</summary>
    public void StopWaiting() => _ticket.Withdraw();

    /// <summary>
    /// Of work of ours that waits for a connection for this client alone: leaves the queue when the session
    /// ends. Null: there is none.
    /// </summary>
    public BorrowTicket? Errand { get; set; }

    /// <summary>
    /// What it left on the connection it used last must not be found again, not even by itself.
    /// </summary>
    public void ForgetServer()
    {
        if (_ticket.LastServer is { } last && last.LastBorrowerId == Id)
            last.LastBorrowerId = 0;
        _ticket.LastServer = null;
    }

    /// <summary>It has been answered: by now a transaction is open, or none is.</summary>
    public void OnTransaction(bool isOpen)
    {
        _answeredAt = Loop.Now;
        var config = Proxy.Config;
        if (config.TransactionTimeout <= TimeSpan.Zero && config.IdleInTransactionTimeout <= TimeSpan.Zero)
            return;
        _transactionSince = !isOpen ? LoopTime.Never
            : _transactionSince == LoopTime.Never ? Loop.Now : _transactionSince;
        if (isOpen)
            WakeBy(NextDeadline());
    }

    /// <summary>
    /// Asked once a second: its machine has answered nothing for so long, and not in the last seconds either,
    /// in which an answer may have been on its way.
    /// </summary>
    internal bool SeemsLost(TimeSpan bound)
    {
        _timesSilent = PeerSilence.Of(Connection) < bound ? (byte)0 : (byte)(_timesSilent + 1);
        return _timesSilent >= TimesSilentMax;
    }

    /// <summary>Ends the session: says why, gives back what it holds, closes.</summary>
    public void End(Goodbye goodbye)
    {
        if (IsEnded)
            return;
        IsEnded = true;
        StopWaiting();
        Errand?.Withdraw();
        Loop.Timers.Disarm(_timer);
        Protocol.SayGoodbye(goodbye);
        Protocol.OnEnded();
        _pool?.Leave();
        // Who has taken leave, and is owed nothing, waits for nothing: no need to see it close.
        if (goodbye.Reason == EndReason.ClientTerminated && _connection is { QueuedBytes: 0, Tls: null })
            _connection.Close();
        else
            _connection?.CloseWhenSent();
        Proxy.OnEnded(this, goodbye.Reason);
    }

    long IBorrower.BorrowerId => Id;

    void IBorrower.OnBorrowed(ServerConnection server)
    {
        var waited = (long)(Loop.Now - _ticket.Since).TotalMicroseconds;
        _lastWait = (int)Math.Min(waited, int.MaxValue);
        Counters?.BorrowWait.Observe(waited);
        Protocol.OnBorrowed(server);
    }

    void IBorrower.OnBorrowFailed(BorrowFailure failure) => FailBorrow(failure, Loop.Now - _ticket.Since);

    void IConnectionOwner.OnConnected(Connection connection, int error)
    {
    }

    void IConnectionOwner.OnSecured(Connection connection, string? error) => Protocol.OnSecured(error);

    int IConnectionOwner.OnReceived(Connection connection, ReadOnlySpan<byte> window)
    {
        LastActive = Loop.Now;
        var consumed = Protocol.OnReceived(window);
        if (Counters is { } counters)
            counters.BytesFromClients += consumed;
        return consumed;
    }

    void IConnectionOwner.OnSendDrained(Connection connection) => Protocol.OnClientDrained();

    void IConnectionOwner.OnClosed(Connection connection, CloseCause cause) =>
        End(new Goodbye(EndReason.ClientVanished, "The client closed the connection."));

    void IConnectionOwner.OnFault(Connection connection, Exception fault)
    {
        // Half-built bytes of this session must never go out with another's.
        Loop.DropScratch();
        if (fault is ProtocolViolation && User.Length > 0 && !IsSignedIn)
            Proxy.Report.OnSignInFailed(this, "ProtocolViolated");
        if (fault is not ProtocolViolation)
            Proxy.Report.OnFault(fault);
        End(fault is ProtocolViolation
            ? new Goodbye(EndReason.ClientViolatedProtocol, fault.Message)
            : new Goodbye(EndReason.ProxyBug, "The proxy met an internal error in this session."));
        connection.CloseWhenSent();
    }

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        var now = Loop.Now;
        if (_ticket.IsWaiting && now >= _ticket.Deadline)
        {
            var pool = _ticket.Pool!;
            pool.Withdraw(_ticket);
            FailBorrow(pool.Target.TimedOut(pool), now - _ticket.Since);
        }
        else if (Overdue(now) is { } goodbye)
        {
            End(goodbye);
        }
        if (!IsEnded)
            Reschedule();
    }

    private void FailBorrow(BorrowFailure failure, TimeSpan waited)
    {
        Proxy.Report.OnBorrowFailed(this, failure, waited);
        Protocol.OnBorrowFailed(failure);
    }

    private Goodbye? Overdue(LoopTime now)
    {
        var config = Proxy.Config;
        if (!IsSignedIn)
        {
            return now >= ConnectedAt + config.SignInTimeout
                ? new Goodbye(EndReason.ClientSignInTooSlow,
                    $"Sign-in took longer than SignInTimeout ({config.SignInTimeout.TotalSeconds:0.#} s).")
                : null;
        }
        if (_transactionSince != LoopTime.Never)
        {
            if (config.TransactionTimeout > TimeSpan.Zero && now >= _transactionSince + config.TransactionTimeout)
            {
                return new Goodbye(EndReason.TransactionTooLong,
                    $"The transaction was open longer than TransactionTimeout ({config.TransactionTimeout.TotalSeconds:0.#} s)."
                    , "It was rolled back.");
            }
            if (config.IdleInTransactionTimeout > TimeSpan.Zero && !Protocol.IsBusy
                && now >= SilentSince + config.IdleInTransactionTimeout)
            {
                return new Goodbye(EndReason.IdleInTransactionTooLong,
                    "The client was silent inside a transaction for longer than IdleInTransactionTimeout "
                    + $"({config.IdleInTransactionTimeout.TotalSeconds:0.#} s).", "It was rolled back.");
            }
            return null;
        }
        return !Protocol.IsBusy && now >= SilentSince + config.IdleClientTimeout
            ? new Goodbye(EndReason.ClientIdleTooLong,
                $"The client was idle for longer than IdleClientTimeout ({config.IdleClientTimeout.TotalSeconds:0.#} s).")
            : null;
    }

    private LoopTime NextDeadline()
    {
        var config = Proxy.Config;
        if (_ticket.IsWaiting)
            return _ticket.Deadline;
        if (!IsSignedIn)
            return ConnectedAt + config.SignInTimeout;
        if (_transactionSince == LoopTime.Never)
            return (Protocol.IsBusy ? Loop.Now : SilentSince) + config.IdleClientTimeout;
        var next = LoopTime.Never;
        if (config.TransactionTimeout > TimeSpan.Zero)
            next = _transactionSince + config.TransactionTimeout;
        if (config.IdleInTransactionTimeout > TimeSpan.Zero)
        {
            var silent = (Protocol.IsBusy ? Loop.Now : SilentSince) + config.IdleInTransactionTimeout;
            next = silent < next ? silent : next;
        }
        return next;
    }

    private void Reschedule() => Loop.Timers.Arm(_timer, NextDeadline());

    /// <summary>Lazy: an armed timer that is early looks again; only a later one is moved.</summary>
    private void WakeBy(LoopTime deadline)
    {
        if (!_timer.IsArmed || deadline < _timer.Deadline)
            Loop.Timers.Arm(_timer, deadline);
    }
}
