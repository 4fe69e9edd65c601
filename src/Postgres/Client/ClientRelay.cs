using Sento.Base;
using Sento.DataPlane;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.Postgres.Listening;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;
using Sento.Transport;

namespace Sento.Postgres.Client;

/// <summary>
/// A signed-in client: walks its messages, borrows a server where needed, gives it back at a boundary.
/// </summary>
/// <remarks>
/// Loop thread only. Its statements are in <see cref="StatementRelay"/>, its settings in <see
/// cref="ClientState"/>.
/// </remarks>
internal sealed class ClientRelay
{
    /// <summary>Bytes that a client may send ahead while it waits for a connection.</summary>
    private const int WaitingBytesMax = 64 * 1024;

    // What few clients need is made when it is needed: there may be fifty thousand of them.
    private RealNames? _real;
    private ClientCopy? _copy;
    private LocalAnswers? _local;
    private RelayMeter _meter;
    private CommandTags _tags;
    private int _routing;
    private readonly StatementRegistry _registry;
    private bool _isStalled;
    private bool _hasRun;
    private int _sends;
    private int _sentBytes;

    public ClientRelay(
        ClientSession session, TargetPool pool, StatementRegistry registry, ClientState state)
    {
        _registry = registry;
        Session = session;
        session.Join(pool);
        IsReplication = pool.Key.Variant.StartsWith("replication=", StringComparison.Ordinal);
        _routing = session.Proxy.Routing;
        State = state;
        Names = new StatementNames(registry);
        Statements = new StatementRelay(this, registry);
        Pins = new PinKeeper(this);
        Lease = new ServerLease(this);
        Stream = new MessageStream(this);
        Endings = new RelayEndings(this);
    }

    public ClientSession Session { get; }

    /// <summary>Where it borrows; another one when the target of its endpoint changes.</summary>
    public TargetPool Pool => Session.Pool;

    public ClientState State { get; }

    public StatementNames Names { get; }

    public RealNames Real => _real ??= new RealNames(this);

    public bool IsRealTouched => _real is { IsTouched: true };

    public PinKeeper Pins { get; }

    public StatementRelay Statements { get; }

    public ServerLease Lease { get; }

    public MessageStream Stream { get; }

    public ClientCopy Copy => _copy ??= new ClientCopy(this);

    public bool IsCopying => _copy is { IsOpen: true };

    public RelayEndings Endings { get; }

    public LocalAnswers Local => _local ??= new LocalAnswers();

    /// <summary>How string literals are written in this session.</summary>
    public bool ConformingStrings => State.ConformingStrings;

    /// <summary>The server connection it holds; null: none.</summary>
    public ServerSession? Server => Lease.Server;

    public PoolMode Mode => IsReplication ? PoolMode.Session : Session.Endpoint.Config.PoolMode;

    /// <summary>It replicates, one to one: its server connection serves nobody else.</summary>
    public bool IsReplication { get; }

    /// <summary>What it listens to; null: it never has.</summary>
    public ClientListening? Listening { get; private set; }

    /// <summary>The process number that it was told.</summary>
    public int ProcessId => ((PostgresClient)Session.Protocol).ProcessId;

    public Connection? OutputConnection => Session.IsEnded ? null : Session.Connection;

    public bool IsInTransaction => Server is { TransactionStatus: not (byte)'I' };

    /// <summary>A message of the client waits for what is owed before it.</summary>
    public bool IsStalled => _isStalled;

    public bool IsBusy => Server is { Replies.IsQuiet: false } || Session.IsWaiting || Stream.IsActive
        || Listening is { IsSettling: true };

    private ByteBuffer ToServer => Session.Loop.ToServer;

    private ByteBuffer ToClient => Session.Loop.ToClient;

    /// <summary>Walks what the client has sent; returns the bytes done with.</summary>
    public int OnReceived(ReadOnlySpan<byte> window)
    {
        Invariant.Holds(ToServer.Length == 0 && ToClient.Length == 0);
        _isStalled = false;
        _sends = 0;
        var isFirst = Server is not { FirstRequest.IsUnused: false };
        var position = 0;
        while (!Session.IsEnded)
        {
            var step = Stream.IsActive ? Stream.Continue(window[position..]) : Step(window[position..]);
            if (step == 0)
                break;
            position += step;
            if (Server is { Connection.Connection.IsBackedUp: true })
            {
                Session.Connection.Pause();
                break;
            }
        }
        Flush();
        Session.Connection.Expect(Stream.BytesLeft);
        if (Server is { } server && position > 0)
            NoteRequest(server, isFirst ? window[..position] : default);
        if (Session.IsWaiting && window.Length - position > WaitingBytesMax)
            Session.Connection.Pause();
        return position;
    }

    /// <summary>
    /// What is built goes out: to the server what the client asked, to the client what we answered
    /// ourselves.
    /// </summary>
    public void Flush()
    {
        if (ToServer.Length > 0)
        {
            Invariant.Holds(Server is not null);
            _sends++;
            _sentBytes = ToServer.Length;
            Server.Connection.Connection.Send(ToServer.Written);
            ToServer.Clear();
        }
        if (ToClient.Length == 0)
            return;
        RelayMeter.CountSent(Session, ToClient.Length);
        OutputConnection?.Send(ToClient.Written);
        ToClient.Clear();
    }

    /// <summary>
    /// The server connection, with this client's state on it; null: not now, the message must wait.
    /// </summary>
    public ServerSession? Acquire()
    {
        if (Server is { } held)
        {
            if (Lease.IsHandingOver || Listening is { IsSettling: true })
                return Stall();
            if (held.Replies.IsQuiet)
                OnGroupBegins();
            return held;
        }
        if (!Session.IsWaiting && _local is not { IsDue: true })
        {
            if (_routing != Session.Proxy.Routing)
                Reroute();
            if (Session.IsEnded)
                return Stall();
            if (Session.Borrow(Pool) is { } connection)
                Attach(connection);
        }
        return Server is null || Lease.IsHandingOver ? Stall() : Server;
    }

    /// <summary>The name stands on the leased server as the client wrote it.</summary>
    public bool HasReal(ReadOnlySpan<byte> name) => _real is { } real && real.Has(name);

    /// <summary>The message must wait until the replies that are owed have come.</summary>
    public ServerSession? Stall()
    {
        _isStalled = true;
        return null;
    }

    public void OnBorrowed(ServerConnection connection)
    {
        Attach(connection);
        Flush();
        Resume();
    }

    public void OnBorrowFailed(BorrowFailure failure)
    {
        if (failure.Kind == BorrowFailureKind.Moved)
        {
            Resume();
            return;
        }
        var error = new ByteBuffer(256);
        if (failure.ServerError is ErrorFields fields)
            Errors.WriteServer(error, fields, Severity.Error);
        else
            Errors.Write(error, failure);
        FailRequest(error.Written);
    }

    /// <summary>
    /// The request that waits, or the next one, is answered with this error; the session goes on.
    /// </summary>
    public void FailRequest(ReadOnlySpan<byte> error)
    {
        Local.Fail(error);
        Resume();
    }

    /// <summary>It may listen from now on.</summary>
    public ClientListening Listens() =>
        Listening ??= new ClientListening(this, ((PostgresClient)Session.Protocol).Protocol.Hubs);

    /// <summary>Its server connection has become one that listens for many.</summary>
    public void OnDetached()
    {
        Session.OnTransaction(false);
        if (Session.Proxy.IsDraining)
            Proxy.LeaveIfIdle(Session);
        ResumeStalled();
    }

    public void OnErrorSent()
    {
        _copy?.OnOver();
        State.OnError(isLast: Server is not { Replies.GroupsOwed: > 1 });
        Lease.Sequences.OnError();
        Statements.OnErrorSent();
        if (Listening is not null && Server is { } server)
            Listening.OnError(server);
    }

    public void OnCommandComplete(ReadOnlySpan<byte> tag)
    {
        _copy?.OnOver();
        _tags.OnCommandComplete(this, tag);
    }

    /// <returns>True: the client is to see it.</returns>
    public bool OnParameterStatus(string name, string value)
    {
        // What is about to be taken back is not worth telling.
        if (State.OwesBaseline)
            return false;
        State.Told = State.Told.With(name, value);
        return true;
    }

    /// <summary>Puts the client's own name where the server's error speaks of ours.</summary>
    /// <returns>False: nothing to rewrite.</returns>
    public bool RewriteError(ReadOnlySpan<byte> body, in ExpectedReply reply, ByteBuffer output) =>
        ErrorRewriting.Rewrite(body, reply, _registry, output);

    /// <summary>A group of the client is answered.</summary>
    public void OnReady(ServerSession server)
    {
        _hasRun = true;
        State.OnGroupAnswered();
        Endings.OnAnswered();
        if (Endings.IsLeaving && server.Replies.GroupsOwed == 0)
        {
            Endings.EndPolitely();
            return;
        }
        _meter.EndGroup(Session);
        var isOpen = server.TransactionStatus != (byte)'I';
        Session.OnTransaction(isOpen);
        if (isOpen)
            return;
        Session.CountTransaction(server.Connection);
        _tags.OnTransactionOver(this);
        if (!server.Replies.IsQuiet)
            Session.OnTransaction(true);
    }

    /// <summary>
    /// PoolMode is statement, and a transaction has begun: it is rolled back when the session ends.
    /// </summary>
    public void RefuseTransaction() => Session.End(new Goodbye(EndReason.TransactionRefused,
        "Transactions are not allowed: PoolMode of this endpoint is statement.",
        "Use an endpoint with PoolMode transaction."));

    /// <summary>Nothing is owed and nothing begun: outside a transaction this is a boundary.</summary>
    public void OnQuiet()
    {
        if (Endings.IsLeaving)
        {
            Endings.EndPolitely();
            return;
        }
        if (Server is not { } server || server.TransactionStatus != (byte)'I' || Stream.IsMidMessage)
        {
            ResumeStalled();
            return;
        }
        Statements.OnBoundary();
        // A cancel on its way must find no statement of ours: when it has arrived we come here again.
        // What waited for its settings goes first: given back, the connection would go round without end.
        if (Lease.IsHandingOver || server.Connection.CancelsInFlight > 0 || Statements.HoldsLease
            || (_isStalled && server.FirstRequest.IsUnused && Listening is not { IsSettling: true }))
        {
            ResumeStalled();
            return;
        }
        var hasRun = _hasRun;
        _hasRun = false;
        if (Lease.TryFinish(server, hasRun))
            ResumeStalled();
    }

    /// <summary>The server connection is gone.</summary>
    public void OnLeaseLost()
    {
        Lease.Forget();
        _real?.Forget();
        Statements.OnServerLost();
        _copy?.OnOver();
    }

    public void OnServerDrained()
    {
        Session.Connection.Resume();
    }

    public void OnClientDrained()
    {
        if (Server is { } server)
            server.Connection.Connection.Resume();
    }

    /// <summary>Tells the client what differs from what it was told before.</summary>
    public void TellReported(SettingsSet reported)
    {
        if (!ReferenceEquals(reported, State.Told))
            WriteReported(reported, ToClient);
    }

    /// <summary>The same into another buffer.</summary>
    public void WriteReported(SettingsSet reported, ByteBuffer output)
    {
        foreach (var (name, value) in reported.Items)
        {
            if (!State.Told.TryGet(name, out var told) || told != value)
                MessageWriter.ParameterStatus(output, name, value);
        }
        State.Told = reported;
    }

    private void Attach(ServerConnection connection)
    {
        OnGroupBegins();
        Lease.Attach(connection);
    }

    /// <summary>
    /// The first message of a group goes out: PostgreSQL counts a transaction from its first statement.
    /// </summary>
    private void OnGroupBegins()
    {
        _meter.BeginGroup(Session);
        // A stream of replication is no transaction, however long it lasts.
        if (!IsReplication)
            Session.OnTransaction(true);
    }

    /// <summary>Targets came, went or changed roles: this session may belong elsewhere by now.</summary>
    private void Reroute()
    {
        _routing = Session.Proxy.Routing;
        var target = Session.Proxy.TargetFor(Session.Endpoint, Pool.Target);
        if (target == Pool.Target)
            return;
        var pool = target.PoolOf(Pool.Key);
        PoolFacts.Of(pool).TakeOver(PoolFacts.Of(Pool));
        Session.Join(pool);
        // What it listened to was the other target's.
        if (Listening is { HasChannels: true })
            Session.End(ClientListening.Lost("the endpoint leads to another target now"));
    }

    public void Resume()
    {
        Session.Connection.Resume();
        Session.Connection.Redeliver();
    }

    public void ResumeStalled()
    {
        if (_isStalled && !Session.IsEnded)
            Resume();
    }

    /// <summary>Keeps the first request of a lease while it could be asked elsewhere.</summary>
    private void NoteRequest(ServerSession server, ReadOnlySpan<byte> asked)
    {
        if (asked.IsEmpty || asked.Length > FirstRequest.BytesMax || _sends != 1
            || _sentBytes > FirstRequest.BytesMax || Stream.IsActive)
            server.FirstRequest.OnMoreSent();
        else
            server.FirstRequest.Keep(asked);
    }

    private int Step(ReadOnlySpan<byte> window)
    {
        if (!MessageHeader.TryRead(window, out var header))
            return 0;
        if (_local is { IsActive: true } local && header.Code != ClientCode.Terminate)
        {
            local.Answer(header.Code, ToClient);
            return Stream.Discard(window, header);
        }
        if (Server is { Replies.IsSkipping: true }
            && header.Code is not (ClientCode.Sync or ClientCode.Terminate))
            return Stream.Discard(window, header);
        if (_copy is { IsOpen: true } copy && copy.IsBrokenBy(header.Code))
            return Stream.Forward(window, header.TotalBytes);
        // A RESET on its way leads below the client's baseline, which must stand again before what follows.
        if (Server is { Replies.Count: >= Limits.RepliesOwedMax }
            || (State.OwesBaseline && Server is { Replies: { Count: > 0, IsGroupOpen: false } }))
        {
            Stall();
            return 0;
        }
        switch (header.Code)
        {
            case ClientCode.Query or ClientCode.Parse or ClientCode.Bind or ClientCode.Describe
                or ClientCode.Execute or ClientCode.Close or ClientCode.FunctionCall:
                return Statements.Step(window, header);
            case ClientCode.Sync:
                return OnSync(window, header);
            case ClientCode.Flush:
                return Whole(window, header) && (Server is null || Acquire() is not null)
                    ? ForwardIfLeased(window, header)
                    : 0;
            case ClientCode.CopyData or ClientCode.CopyDone or ClientCode.CopyFail:
                return Copy.OnMessage(window, header);
            case ClientCode.Terminate:
                Endings.Leave();
                return window.Length;
            default:
                throw new ProtocolViolation($"invalid frontend message type {header.Code}");
        }
    }

    private static bool Whole(ReadOnlySpan<byte> window, MessageHeader header) =>
        window.Length >= header.TotalBytes;

    private int ForwardIfLeased(ReadOnlySpan<byte> window, MessageHeader header) =>
        Server is null ? header.TotalBytes : Stream.Forward(window, header.TotalBytes);

    private int OnSync(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (header.BodyBytes != 0)
            throw new ProtocolViolation("invalid message format");
        if (!Whole(window, header))
            return 0;
        if (Server is null && !Session.IsWaiting)
        {
            MessageWriter.ReadyForQuery(ToClient, (byte)'I');
            RelayMeter.CountLocal(Session);
            return header.TotalBytes;
        }
        if (Acquire() is not { } server)
            return 0;
        // In COPY the server ignores it, as PostgreSQL says, and so owes nothing.
        if (!Copy.IsOpen)
            server.Replies.Add(ReplyKind.Sync);
        return Stream.Forward(window, header.TotalBytes);
    }
}
