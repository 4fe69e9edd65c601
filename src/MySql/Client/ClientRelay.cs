using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;
using Sento.Transport;

namespace Sento.MySql.Client;

/// <summary>
/// A signed-in client: takes its commands one after the other, borrows a server when one is needed, gives
/// it back at a boundary.
/// </summary>
/// <remarks>
/// Loop thread only. What its commands mean is in <see cref="CommandRelay"/> and <see
/// cref="StatementRelay"/>, its state in
/// <see cref="ClientState"/>. The next command is looked at when the one before is answered, as servers do.
/// </remarks>
internal sealed class ClientRelay
{
    /// <summary>Bytes that a client may send ahead while it waits.</summary>
    private const int WaitingBytesMax = 64 * 1024;

    /// <summary>ER_PARSE_ERROR.</summary>
    private const int ParseError = 1064;

    /// <summary>ER_MUST_CHANGE_PASSWORD.</summary>
    private const int PasswordExpired = 1820;

    private readonly CommandRelay _commands;
    private readonly ClientUpload _upload;
    private readonly Settlement _settlement;
    private readonly ServerLease _lease;
    private bool _isAwaited;
    private bool _hasEnded;
    private byte _sequence;
    private ErrPacket? _failure;
    private ServerLoss? _loss;

    public ClientRelay(MySqlClient client, TargetPool pool, ClientState state, ClientAgreement agreement)
    {
        Client = client;
        Session = client.Session;
        Session.Join(pool);
        Last = new LastResult(TargetFacts.Of(pool.Target).IsMariaDb);
        State = state;
        Agreement = agreement;
        Pins = new PinKeeper(this);
        Statements = new StatementRelay(this);
        _commands = new CommandRelay(this);
        _upload = new ClientUpload(this);
        _settlement = new Settlement(this);
        LateKill = new LateKill(this, _settlement);
        _lease = new ServerLease(this);
        Next = new NextTransaction(this);
        Names = new NamesRelay(this);
        Doubt = new TransactionDoubt(this);
    }

    public MySqlClient Client { get; }

    public ClientSession Session { get; }

    public TargetPool Pool => Session.Pool;

    public ClientState State { get; }

    public ClientAgreement Agreement { get; }

    public PinKeeper Pins { get; }

    public StatementRelay Statements { get; }

    public ClientUpload Upload => _upload;

    public NextTransaction Next { get; }

    public NamesRelay Names { get; }

    public TransactionDoubt Doubt { get; }

    public LateKill LateKill { get; }

    /// <summary>Its own, of another's statement, which is not answered yet; null: none.</summary>
    public KillRequest? Kill { get; set; }

    /// <summary>The server connection it holds; null: none.</summary>
    public ServerSession? Server => _lease.Server;

    public bool HasDeprecateEof => Agreement.HasDeprecateEof;

    public PoolMode Mode => Session.Endpoint.Config.PoolMode;

    public Connection? OutputConnection => Session.IsEnded ? null : Session.Connection;

    /// <summary>The status that the client was told last.</summary>
    public ServerStatus Status { get; set; } = ServerStatus.Autocommit;

    /// <summary>What its last statement said of rows and keys; see <see cref="LastResult"/>.</summary>
    public LastResult Last { get; }

    /// <summary>A command of it is on its way or being answered.</summary>
    public bool IsReplyOwed { get; private set; }

    public bool IsInTransaction => Server is { IsInTransaction: true };

    /// <summary>Nothing has gone out yet of the command that it has sent last.</summary>
    public bool IsAwaited => _isAwaited;

    public bool IsBusy => IsEngaged || _isAwaited;

    private bool IsEngaged => IsReplyOwed || _lease.IsHandingOver || Session.IsWaiting || _upload.IsOpen
        || Kill is not null;

    private ByteBuffer ToServer => Session.Loop.ToServer;

    private ByteBuffer ToClient => Session.Loop.ToClient;

    /// <summary>
    /// Where an error may stand in what the client hears; null: in the middle of a reply there is no place.
    /// </summary>
    public byte? PlaceForError =>
        !IsReplyOwed ? (byte)1 : Server is { IsMidReply: true } or { IsMidPacket: true } ? null : _sequence;

    /// <summary>Of the next packet of the reply to this client.</summary>
    public byte NextSequence() => _sequence++;

    /// <summary>Walks what the client has sent; returns the bytes done with.</summary>
    public int OnReceived(ReadOnlySpan<byte> window)
    {
        Invariant.Holds(ToServer.Length == 0 && ToClient.Length == 0);
        var position = 0;
        // What stands behind a COM_CHANGE_USER is another relay's.
        while (!Session.IsEnded && !_hasEnded)
        {
            _isAwaited = false;
            var step = _upload.IsOpen ? _upload.Step(window[position..])
                : IsReplyOwed || Kill is not null ? 0
                : _commands.Step(window[position..]);
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
        Session.Connection.Expect(_upload.BytesLeft);
        // What was answered without the server must not keep it.
        if (Server is not null && !Session.IsEnded && !IsEngaged)
            Settle();
        // A command that is to be answered with a failure waits for nobody who would resume it.
        if (!Session.IsEnded && window.Length - position > WaitingBytesMax && (IsReplyOwed
            || Session.IsWaiting || Kill is not null || (_isAwaited && !HasFailure)))
            Session.Connection.Pause();
        return position;
    }

    /// <summary>What is built goes out.</summary>
    public void Flush()
    {
        if (ToServer.Length > 0)
        {
            Invariant.Holds(Server is not null);
            Server.Connection.Connection.Send(ToServer.Written);
            ToServer.Clear();
        }
        if (ToClient.Length == 0)
            return;
        OutputConnection?.Send(ToClient.Written);
        ToClient.Clear();
    }

    /// <summary>
    /// The server connection, with this client's state on it; null: not now, the command must wait or was
    /// answered.
    /// </summary>
    public ServerSession? Acquire()
    {
        if (Server is null && !Session.IsWaiting)
            _lease.Borrow();
        else if (Server is not null && !_lease.IsHandingOver)
            _lease.BringTo(State.Desired);
        // A KILL under way is meant for what ran before: what comes next waits until it has hit.
        var isReady = !_lease.IsHandingOver && Server is { Connection.CancelsInFlight: 0 };
        _isAwaited = !isReady;
        if (isReady)
            LateKill.AbsorbAhead(Server!);
        return isReady ? Server : null;
    }

    /// <summary>The command that is looked at goes on later, on this same server connection.</summary>
    /// <returns>0: bytes done with.</returns>
    public int Await()
    {
        _isAwaited = true;
        return 0;
    }

    /// <returns>True: the command waits until what we asked the server ourselves is answered.</returns>
    public bool AwaitsOwn()
    {
        _isAwaited = Server is { IsQuiet: false };
        return _isAwaited;
    }

    /// <returns>True: the command waits until it is known what the server's variables are.</returns>
    public bool AwaitsKnown(ServerSession server)
    {
        Flush();
        _isAwaited = _settlement.AskAhead(server);
        return _isAwaited;
    }

    /// <summary>A command that could get no server waits to be answered with why.</summary>
    public bool HasFailure => _failure is not null;

    /// <summary>The command that waits, or the next one, is answered with this error.</summary>
    public void Fail(ErrPacket error)
    {
        _failure = error;
        Resume();
    }

    /// <summary>The same, once what it waits for is done.</summary>
    public void FailLater(ErrPacket error) => _failure ??= error;

    /// <returns>True: the command that waits has not been answered with it, and won't be.</returns>
    public bool TakeBack(ErrPacket error)
    {
        var isThere = ReferenceEquals(_failure, error);
        _failure = isThere ? null : _failure;
        return isThere;
    }

    /// <summary>True: a command that could get no server is answered now; it is done with.</summary>
    public bool TakeFailure()
    {
        if (_failure is not { } failure)
            return false;
        _failure = null;
        Answer(failure);
        return true;
    }

    /// <summary>The command is on its way: its reply is owed.</summary>
    public void Expect(ReplyKind kind, PreparedStatement? statement = null, bool mayAskForFile = false)
    {
        if (kind == ReplyKind.Command)
            Next.SendAhead(Server!);
        Server!.Replies.Enqueue(
            new ExpectedReply { Kind = kind, Statement = statement, MayAskForFile = mayAskForFile });
        BeginReply();
        _settlement.HadError = false;
    }

    /// <summary>Something is to be answered; its first packet has the number 1.</summary>
    public void BeginReply()
    {
        IsReplyOwed = true;
        _sequence = 1;
    }

    public void EndReply() => IsReplyOwed = false;

    /// <param name="text">Of the statement that is being sent; empty: it has none, or too long a one.</param>
    public void Note(StatementTraits traits, ReadOnlySpan<byte> text)
    {
        Session.Proxy.Report.OnQuery(Session);
        Last.Begin(traits.Fate);
        State.Begin(traits);
        if (traits.Effects == StatementEffects.None)
            return;
        Pins.NoteStatement(traits, text);
        State.Note(traits);
        if (!traits.Has(StatementEffects.Opaque | StatementEffects.RunsCode) || Server is not { } server)
            return;
        server.HasRunCode = true;
        // Nobody can tell what it asks: it must not hear of another's rows and warnings.
        if (Last.IsDisplaced)
            server.Start(new TraceCover(this), ToServer);
    }

    public void Answer(ErrPacket error) => error.Write(ToClient, 1);

    /// <summary>OK from ourselves, with the status of the session.</summary>
    public void AnswerOk(ushort warnings = 0) => AnswerOk(default, warnings);

    /// <param name="changes">As a server tells them.</param>
    public void AnswerOk(ReadOnlySpan<byte> changes, ushort warnings = 0) => new OkPacket
    {
        Header = Reply.Ok, Status = Status, Warnings = warnings,
    }.Write(ToClient, 1, ChangesFor(changes));

    /// <summary>A command without a text is answered here.</summary>
    public void AnswerCommand()
    {
        AnswerOk(Last.WarningsOfCommand);
        Last.TakeCommand(0);
    }

    public void OnBorrowed(ServerConnection connection)
    {
        _lease.Attach(connection);
        Flush();
        Resume();
    }

    public void OnBorrowFailed(BorrowFailure failure)
    {
        // Not a failure: the command that waits asks again, at the target that is the right one now.
        if (failure.Kind != BorrowFailureKind.Moved)
            _failure = Errors.Of(failure);
        Resume();
    }

    /// <summary>An OK of a reply to this client, the last or another.</summary>
    public void OnOk(ServerSession server, in OkPacket ok, ulong rowCount)
    {
        Status = ok.Status & ServerStatus.Lasting;
        Doubt.IsThere = false;
        Next.OnStatus((ok.Status & ServerStatus.InTransaction) != 0);
        Last.Take(ok, rowCount);
        if (ok.InsertId != 0)
            (server.Key, server.IsKeyInDoubt) = (Last.InsertId, true);
        State.Take(server, ok);
        Names.OnOk(ok);
        Statements.OnOk(ok.Status);
    }

    public void OnError(ServerSession server, ReadOnlySpan<byte> payload)
    {
        var code = ErrPacket.CodeOf(payload);
        Doubt.IsThere = true;
        // Such a connection does nothing else for anybody until it closes, whatever becomes of the password.
        server.IsTainted |= code == PasswordExpired;
        // Its first packet says that the text is no SQL: then none of it has run.
        var hasRun = code != ParseError || server.IsMidReply || !State.ForgetNoted();
        _settlement.HadError |= hasRun;
        if (!hasRun)
            Pins.ForgetStatement();
        Last.TakeError();
        Names.Forget();
        Statements.OnError();
    }

    /// <summary>What this client is told of an OK's changes; empty: nothing.</summary>
    public ReadOnlySpan<byte> ChangesFor(ReadOnlySpan<byte> changes) => Agreement.ChangesFor(changes);

    /// <summary>The server wants the file that the client has offered to load.</summary>
    public void OnFileRequested(byte serverSequence)
    {
        _upload.Open((byte)(_sequence - 1 - serverSequence));
        Session.Connection.Redeliver();
    }

    /// <summary>
    /// A packet of a file or of a long command has gone: what the server says now follows it.
    /// </summary>
    public void OnUploaded(byte sequence, byte serverSequence)
    {
        if (!IsReplyOwed || Server is not { } server)
            return;
        _sequence = (byte)(sequence + 1);
        server.OnUploaded(serverSequence);
    }

    /// <summary>The reply to the client's command is complete.</summary>
    public void OnReplied(ServerSession server)
    {
        EndReply();
        _loss?.OnAnswered();
        Agreement.EndReply();
        _upload.Close();
        Session.OnTransaction(server.IsInTransaction);
        if (!server.IsInTransaction)
            Session.CountTransaction(server.Connection);
        _settlement.OnReplied(server.IsInTransaction, State.IsSent(StatementEffects.OneShotTransaction));
        Statements.OnReplied();
        if (State.Confirm(server, _settlement.HadError))
        {
            _lease.EndWithSession();
            return;
        }
        if (State.Effects != StatementEffects.None)
            TargetFacts.Of(Pool.Target).OnChanged(State.Effects);
        OnQuiet();
    }

    /// <summary>Nothing is owed: outside a transaction this is a boundary.</summary>
    public void OnQuiet()
    {
        if (!Session.IsEnded && Settle())
            Resume();
    }

    /// <returns>False: the session is over, or something of ours is under way, which asks again when it is
    /// done.</returns>
    private bool Settle()
    {
        if (Server is not { } server || _lease.IsHandingOver || IsReplyOwed)
            return true;
        if (!server.IsQuiet || LateKill.Absorb(server))
            return false;
        // After an error inside a transaction the next OK tells whether it is still open.
        if (server.IsInTransaction || Statements.KeepsServer)
        {
            _lease.CheckMode();
            return !Session.IsEnded;
        }
        // Given back now, a connection that a command waits for might never come to run it.
        if (_isAwaited)
            return true;
        if (_settlement.Settle(server))
            return false;
        if (Session.Proxy.IsDraining)
        {
            DataPlane.Proxy.LeaveIfIdle(Session);
            return false;
        }
        if (!Pins.IsPinned)
            _lease.Release(server);
        return true;
    }

    /// <summary>A server connection is this client's from now on.</summary>
    public void OnLeaseBegins() => _settlement.Begin();

    public void OnHandedOver(ServerSession server, HandOver handOver) =>
        _lease.OnHandedOver(server, handOver);

    public void BringTo(StateSet state) => _lease.BringTo(state);

    public void OnServerDrained() => Session.Connection.Resume();

    public void OnClientDrained() => Server?.Connection.Connection.Resume();

    /// <inheritdoc cref="ServerLoss.Take"/>
    public void OnServerLost(string why, bool isMidReply) =>
        (_loss ??= new ServerLoss(this, _lease)).Take(why, isMidReply);

    /// <summary>The session is over: the server connection goes back clean, or not at all.</summary>
    public void OnEnded()
    {
        _hasEnded = true;
        var needsReset = Pins.IsPinned || Statements.KeepsServer || Next.IsOut || _settlement.HadError
            || State.IsUnsettled;
        Statements.Clear();
        _lease.Detach(needsReset);
        Pins.Report(PinCause.None);
    }

    /// <summary>All that it held has ended with a reset.</summary>
    public void OnReset()
    {
        State.Reset();
        Names.Forget();
        Statements.Clear();
        Pins.OnReset();
        Last.Clear();
        Agreement.Forget();
        Next.Clear();
        _settlement.HadError = false;
        _failure = null;
    }

    /// <summary>Looks again at what the client has sent.</summary>
    public void Resume()
    {
        if (Session.IsEnded)
            return;
        Session.Connection.Resume();
        Session.Connection.Redeliver();
    }
}
