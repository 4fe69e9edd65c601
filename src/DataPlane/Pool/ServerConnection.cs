using Sento.Base;
using Sento.DataPlane.Protocol;
using Sento.Transport;

namespace Sento.DataPlane.Pool;

public enum ServerStage { Connecting, SigningIn, Idle, Borrowed, Cleaning, Closed }

/// <summary>One connection to a database, member of one pool, on that pool's loop.</summary>
public sealed class ServerConnection : IConnectionOwner, ITimerOwner
{
    private static long _lastId;
    private readonly LoopTimer _timer;
    private Connection? _connection;
    private List<Action>? _cancelsWaiting;

    internal ServerConnection(TargetPool pool)
    {
        Pool = pool;
        Id = Interlocked.Increment(ref _lastId);
        _timer = new LoopTimer(this);
        CreatedAt = pool.Loop.Now;
        Protocol = pool.Target.Protocol.NewServer(this);
    }

    internal ServerConnection? NextIdle;
    internal ServerConnection? PreviousIdle;

    public long Id { get; }

    public TargetPool Pool { get; }

    public EventLoop Loop => Pool.Loop;

    public IServerProtocol Protocol { get; }

    public ServerStage Stage { get; private set; }

    public LoopTime CreatedAt { get; }

    public LoopTime IdleSince { get; internal set; }

    public LoopTime ExpiresAt { get; internal set; }

    /// <summary>The server's last word to us: the end of a lease, or its answer to a question.</summary>
    public LoopTime HeardAt { get; private set; }

    /// <summary>It was asked for a sign of life and has not answered yet: not to be lent.</summary>
    public bool IsBeingAsked { get; private set; }

    /// <summary>Heard so lately that it can be lent without being asked first.</summary>
    internal bool IsTrusted => !IsBeingAsked && Loop.Now - HeardAt <= Target.SilenceMax;

    /// <summary>Whose lease it is now; null: nobody's, or ours.</summary>
    public Session.ClientSession? Lessee { get; private set; }

    /// <summary>Transactions that have ended here.</summary>
    public long Transactions { get; internal set; }

    /// <summary>The borrower that used it last; 0: none yet.</summary>
    public long LastBorrowerId { get; set; }

    /// <summary>
    /// Idle, but its last borrower will probably want it back; <see cref="KeptConnections"/> says how long.
    /// </summary>
    internal bool IsKept { get; set; }

    /// <summary>The pool's generation at birth; an older one is closed when it comes back.</summary>
    public long Generation { get; internal set; }

    /// <summary>Cancels on their way for it: it must not be lent on before they have arrived.</summary>
    public int CancelsInFlight { get; set; }

    /// <summary>Where it is connected to.</summary>
    public SocketAddress? Address { get; private set; }

    public Connection Connection
    {
        get
        {
            Invariant.Holds(_connection is not null);
            return _connection;
        }
    }

    /// <summary>Of a connection that was lost: what became of the bytes sent last.</summary>
    public LastSendFate LastSend { get; private set; }

    public bool IsTls => _connection?.Tls is not null;

    public bool IsClosed => Stage == ServerStage.Closed;

    /// <summary>Starts to connect; ends in <see cref="BecomeReady"/> or <see cref="FailLogin"/>.</summary>
    internal void Connect(SocketAddress address)
    {
        Address = address;
        Loop.Timers.Arm(_timer, Loop.Now + Pool.Policy.ConnectTimeout);
        _connection = Connection.TryConnect(Loop, this, address, out var error);
        if (_connection is null)
            FailLogin(new LoginFailure(LoginFailureKind.Unreachable, Connection.Describe(error)));
    }

    /// <summary>Signed in and clean: from now on it can be lent.</summary>
    public void BecomeReady()
    {
        Invariant.Holds(Stage == ServerStage.SigningIn);
        Loop.Timers.Disarm(_timer);
        Stage = ServerStage.Idle;
        HeardAt = Loop.Now;
        Pool.OnReady(this);
    }

    /// <summary>The server can't be reached or does not let us in.</summary>
    public void FailLogin(LoginFailure failure)
    {
        if (Stage == ServerStage.Closed)
            return;
        Invariant.Holds(Stage is ServerStage.Connecting or ServerStage.SigningIn);
        Protocol.OnLoginFailed();
        CloseNow();
        Pool.OnLoginFailed(this, failure);
    }

    internal void Lend(IBorrower borrower)
    {
        Lessee = borrower as Session.ClientSession;
        Invariant.Holds(Stage == ServerStage.Idle);
        Invariant.Holds(CancelsInFlight == 0);
        Stage = ServerStage.Borrowed;
    }

    /// <summary>Idle: asks for a sign of life; it breaks if none comes within the patience.</summary>
    internal void Ask()
    {
        Invariant.Holds(Stage == ServerStage.Idle);
        Invariant.Holds(!IsBeingAsked);
        IsBeingAsked = true;
        StartDeadline(Target.AskPatience);
        Protocol.Ping();
    }

    /// <summary>It stays lent, but for a task of ours: its borrower is done with it.</summary>
    public void OnTakenOver()
    {
        Invariant.Holds(Stage == ServerStage.Borrowed);
        Lessee = null;
        LastBorrowerId = 0;
    }

    /// <summary>Back to the pool, at a boundary and with no reply owed.</summary>
    public void Release() => Release(isKept: false);

    /// <summary>The same, but for its last borrower before all others, as long as that costs little.</summary>
    public void ReleaseAndKeep() => Release(isKept: true);

    private void Release(bool isKept)
    {
        Invariant.Holds(Stage is ServerStage.Borrowed or ServerStage.Cleaning);
        Lessee = null;
        if (CancelsInFlight > 0)
        {
            // A cancel that arrives late must find nobody else's statement: keep it out of the pool.
            Stage = ServerStage.Cleaning;
            return;
        }
        Stage = ServerStage.Idle;
        HeardAt = Loop.Now;
        IsKept = isKept;
        Pool.OnReleased(this);
    }

    /// <summary>
    /// Each cancel takes a connection of its own to the server: there is one at a time. Who asks while one is
    /// on its way may mean what runs after that, and is served by one more.
    /// </summary>
    /// <param name="done">Told when the server has been told, or won't be.</param>
    /// <returns>False: none is on its way, and this one may go.</returns>
    public bool TryCancelAfterwards(Action? done)
    {
        if (CancelsInFlight == 0)
            return false;
        _cancelsWaiting ??= [];
        if (_cancelsWaiting.Count < Limits.CancelsWaitingMax)
            _cancelsWaiting.Add(done ?? (() => { }));
        else
            done?.Invoke();
        return true;
    }

    /// <summary>
    /// A cancel for this connection has arrived (or failed): the server has been told all it will be
    /// told.
    /// </summary>
    public void OnCancelDone()
    {
        CancelsInFlight--;
        Invariant.Holds(CancelsInFlight >= 0);
        if (CancelsInFlight == 0 && _cancelsWaiting is { } waiting)
        {
            _cancelsWaiting = null;
            Pool.Target.Protocol.SendCancel(this, () => waiting.ForEach(done => done()));
        }
        if (CancelsInFlight > 0)
            return;
        if (Stage == ServerStage.Cleaning)
            Release();
        else if (Stage == ServerStage.Borrowed)
            Protocol.OnCancelsDone();
    }

    /// <summary>Never used again. Whoever borrowed it has been told or does this itself.</summary>
    public void Break(EndReason reason, string detail = "")
    {
        if (Stage == ServerStage.Closed)
            return;
        var stage = Stage;
        if (stage is ServerStage.Connecting or ServerStage.SigningIn)
        {
            FailLogin(new LoginFailure(LoginFailureKind.Unreachable, detail.Length > 0 ? detail : reason.ToString()));
            return;
        }
        if (reason is not (EndReason.ServerClosed or EndReason.ServerSentGarbage) && _connection is { IsClosed: false })
            Protocol.SayGoodbye();
        CloseNow();
        Pool.OnBroken(this, stage, reason, detail);
    }

    void IConnectionOwner.OnConnected(Connection connection, int error)
    {
        if (error != 0)
        {
            FailLogin(new LoginFailure(LoginFailureKind.Unreachable, Connection.Describe(error)));
            return;
        }
        Stage = ServerStage.SigningIn;
        Protocol.OnConnected();
    }

    void IConnectionOwner.OnSecured(Connection connection, string? error) => Protocol.OnSecured(error);

    int IConnectionOwner.OnReceived(Connection connection, ReadOnlySpan<byte> window) => Protocol.OnReceived(window);

    void IConnectionOwner.OnSendDrained(Connection connection) => Protocol.OnDrained();

    bool IConnectionOwner.AwaitsEnd(Connection connection) => Protocol.AwaitsEnd;

    void IConnectionOwner.OnClosed(Connection connection, CloseCause cause)
    {
        LastSend = Transport.LastSend.On(connection, cause);
        Lose(cause == CloseCause.TlsFailed ? "TLS failed" : "server closed the connection");
    }

    void IConnectionOwner.OnFault(Connection connection, Exception fault)
    {
        // Half-built bytes of this connection must never go out with another's.
        Loop.DropScratch();
        if (fault is ProtocolViolation)
        {
            Lose(EndReason.ServerSentGarbage, fault.Message);
            return;
        }
        Pool.Target.Report.OnFault(fault);
        Lose(EndReason.ProxyBug, "internal error");
    }

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        if (Stage is ServerStage.Connecting or ServerStage.SigningIn)
        {
            FailLogin(new LoginFailure(LoginFailureKind.Unreachable,
                $"no answer within ConnectTimeout ({Pool.Policy.ConnectTimeout.TotalSeconds:0.#} s)"));
            return;
        }
        if (IsBeingAsked)
            Pool.Target.OnSilent();
        Lose(EndReason.ServerClosed, "the server did not answer in time");
    }

    /// <summary>Breaks it unless <see cref="StopDeadline"/> comes first.</summary>
    public void StartDeadline(TimeSpan within) => Loop.Timers.Arm(_timer, Loop.Now + within);

    public void StopDeadline()
    {
        Loop.Timers.Disarm(_timer);
        if (!IsBeingAsked)
            return;
        IsBeingAsked = false;
        HeardAt = Loop.Now;
        Pool.OnAnswered();
    }

    /// <summary>The server has ended it, or will: whoever borrowed it is told.</summary>
    public void Lose(string why) => Lose(EndReason.ServerClosed, why);

    private void Lose(EndReason reason, string why)
    {
        if (Stage == ServerStage.Closed)
            return;
        if (Stage is ServerStage.Connecting or ServerStage.SigningIn)
        {
            FailLogin(new LoginFailure(LoginFailureKind.Unreachable, why));
            return;
        }
        var stage = Stage;
        CloseNow();
        Pool.Target.Budget.DoubtServerMax();
        Pool.OnBroken(this, stage, reason, why);
        // Told last, so that whoever asks for another connection at once finds the books in order.
        Protocol.OnLost(why);
    }

    private void CloseNow()
    {
        Stage = ServerStage.Closed;
        Lessee = null;
        Loop.Timers.Disarm(_timer);
        _connection?.Close();
    }
}

public enum LoginFailureKind
{
    /// <summary>No connection, or it broke during sign-in: the target may be down.</summary>
    Unreachable,

    /// <summary>The server answered no, for this user or database only.</summary>
    Refused,

    /// <summary>The server is starting or stopping: worth another try.</summary>
    Busy,

    /// <summary>
    /// It is up, but has no slot free for this user or database, or none at all: worth another try.
    /// </summary>
    Full,

    /// <summary>
    /// The server took another password than the one tried: with the next one it may be right. Nobody is
    /// told.
    /// </summary>
    Outdated,
}

/// <param name="ServerError">The server's own answer, protocol-specific; null: there was none.</param>
public sealed record LoginFailure(LoginFailureKind Kind, string Message, object? ServerError = null);
