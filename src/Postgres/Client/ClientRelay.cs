using Sento.Base;
using Sento.DataPlane;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;
using Sento.Transport;

namespace Sento.Postgres.Client;

/// <summary>
/// A signed-in client: walks its messages, borrows a server when one is needed, gives it back at a
/// boundary.
/// </summary>
/// <remarks>
/// Loop thread only. Its statements are in <see cref="StatementRelay"/>, its settings in <see
/// cref="ClientState"/>.
/// </remarks>
internal sealed class ClientRelay
{
    /// <summary>Bytes that a client may send ahead while it waits for a connection.</summary>
    private const int WaitingBytesMax = 64 * 1024;

    private readonly StatementRelay _statements;
    private readonly PinKeeper _pins;
    private int _streamLeft;
    private bool _streamToServer;
    private bool _isHandingOver;
    private bool _isStalled;
    private bool _isInCopy;
    private bool _madeSchema;
    private bool _hasRun;
    private bool _foreignSequences;
    private readonly LocalAnswers _local = new();

    public ClientRelay(
        ClientSession session, TargetPool pool, StatementRegistry registry, ClientState state)
    {
        Session = session;
        Pool = pool;
        State = state;
        Names = new StatementNames(registry);
        _statements = new StatementRelay(this, registry);
        _pins = new PinKeeper(this);
    }

    public ClientSession Session { get; }

    public TargetPool Pool { get; }

    public ClientState State { get; }

    public StatementNames Names { get; }

    public PinKeeper Pins => _pins;

    public StatementRelay Statements => _statements;

    /// <summary>How string literals are written in this session.</summary>
    public bool ConformingStrings => State.ConformingStrings;

    /// <summary>The server connection it holds; null: none.</summary>
    public ServerSession? Server { get; private set; }

    public PoolMode Mode => Session.Endpoint.Config.PoolMode;

    public bool ReceivesNotifications => _pins.Has(PinCause.Listening) || (State.Pending & StatementEffects.Listen) != 0;

    public Connection? OutputConnection => Session.IsEnded ? null : Session.Connection;

    /// <summary>It has said goodbye, and waits for the last answers.</summary>
    public bool IsLeaving { get; private set; }

    public bool IsInTransaction => Server is { TransactionStatus: not (byte)'I' };

    public bool IsBusy => Server is { Replies.IsQuiet: false } || Session.IsWaiting || _streamLeft > 0;

    private ByteBuffer ToServer => Session.Loop.ToServer;

    private ByteBuffer ToClient => Session.Loop.ToClient;

    /// <summary>Walks what the client has sent; returns the bytes done with.</summary>
    public int OnReceived(ReadOnlySpan<byte> window)
    {
        Invariant.Holds(ToServer.Length == 0 && ToClient.Length == 0);
        _isStalled = false;
        var position = 0;
        while (!Session.IsEnded)
        {
            var step = _streamLeft > 0 ? Stream(window[position..]) : Step(window[position..]);
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
            Server.Connection.Connection.Send(ToServer.Written);
            ToServer.Clear();
        }
        if (ToClient.Length == 0)
            return;
        OutputConnection?.Send(ToClient.Written);
        ToClient.Clear();
    }

    /// <summary>
    /// The server connection, with this client's state on it; null: not now, the message must wait.
    /// </summary>
    public ServerSession? Acquire()
    {
        if (Server is null && !Session.IsWaiting && !_local.IsDue)
        {
            if (Session.Borrow(Pool) is { } connection)
                Attach(connection);
        }
        return Server is null || _isHandingOver ? Stall() : Server;
    }

    /// <summary>
    /// Before a statement that asks for a sequence's value: what another client left there must not answer.
    /// </summary>
    public void GuardSequences(ServerSession server)
    {
        if (!_foreignSequences || server.Replies.IsGroupOpen)
            return;
        _foreignSequences = false;
        server.Start(new SimpleExchange("DISCARD SEQUENCES"u8.ToArray(), (_, _) => { }), ToServer);
        server.SequencesAdvanced = false;
    }

    /// <summary>It has advanced sequences itself: what is remembered now is its own.</summary>
    public void OnSequenceAdvanced() => _foreignSequences = false;

    /// <summary>The message must wait until the replies that are owed have come.</summary>
    public ServerSession? Stall()
    {
        _isStalled = true;
        return null;
    }

    /// <summary>Sends bytes of a message as they are, and streams what has not arrived yet.</summary>
    /// <returns>The bytes of the window that are done with.</returns>
    public int Forward(ReadOnlySpan<byte> window, int totalBytes)
    {
        var count = Math.Min(totalBytes, window.Length);
        ForwardBytes(window[..count]);
        _streamLeft = totalBytes - count;
        _streamToServer = true;
        return count;
    }

    public void OnBorrowed(ServerConnection connection)
    {
        Attach(connection);
        Flush();
        Resume();
    }

    public void OnBorrowFailed(BorrowFailure failure)
    {
        var error = new ByteBuffer(256);
        if (failure.ServerError is ErrorFields fields)
            PostgresServer.WriteServerError(error, fields, Severity.Error);
        else
            Errors.Write(error, failure);
        FailRequest(error.Written);
    }

    /// <summary>
    /// The request that waits, or the next one, is answered with this error; the session goes on.
    /// </summary>
    public void FailRequest(ReadOnlySpan<byte> error)
    {
        _local.Fail(error);
        Resume();
    }

    /// <summary>The client asks to cancel what it runs or waits for.</summary>
    /// <param name="done">Told when the server has been told.</param>
    public void Cancel(Action done)
    {
        if (Session.IsWaiting)
        {
            done();
            Session.StopWaiting();
            var error = new ByteBuffer(128);
            MessageWriter.ErrorResponse(error, Severity.Error, "57014", "canceling statement due to user request",
                "The statement was still waiting for a database connection.", null);
            FailRequest(error.Written);
            return;
        }
        if (Server is { Replies.IsQuiet: false })
            Pool.Target.Protocol.SendCancel(Server.Connection, done);
        else
            done();
    }

    public void OnCopyIn() => _isInCopy = true;

    public void OnErrorSent()
    {
        _isInCopy = false;
        State.HadError = true;
    }

    public void OnCommandComplete(ReadOnlySpan<byte> tag)
    {
        _isInCopy = false;
        if (IsSchemaChange(tag))
        {
            NoteSchemaChange();
            _madeSchema = true;
        }
        if ((State.Pending & (StatementEffects.DeallocateAll | StatementEffects.DiscardAll)) != 0)
            OnWholesaleTag(tag);
    }

    public void OnNameSettled(NameChange change) => Names.Settle(change);

    public void OnNameRefused(NameChange change) => Names.Undo(change);

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
        ErrorRewriting.Rewrite(body, reply, Names, output);

    /// <summary>The server has said why it is about to close; told when it has.</summary>
    public void OnServerLastWords(ReadOnlySpan<byte> body) => _lastWords = body.ToArray();

    private byte[]? _lastWords;

    /// <summary>A group of the client is answered.</summary>
    public void OnReady(ServerSession server)
    {
        _hasRun = true;
        if (IsLeaving && server.Replies.GroupsOwed == 0)
        {
            Session.End(new Goodbye(EndReason.ClientTerminated, ""));
            return;
        }
        Session.OnTransaction(server.TransactionStatus != (byte)'I');
        if (_madeSchema && server.TransactionStatus == (byte)'I')
            NoteSchemaChange();
        if (Mode == PoolMode.Statement && server.TransactionStatus != (byte)'I')
        {
            Session.End(new Goodbye(EndReason.ClientViolatedProtocol,
                "Transactions are not allowed: PoolMode of this endpoint is statement.",
                "Use an endpoint with PoolMode transaction."));
        }
    }

    /// <summary>Nothing is owed and nothing begun: outside a transaction this is a boundary.</summary>
    public void OnQuiet()
    {
        if (IsLeaving)
        {
            Session.End(new Goodbye(EndReason.ClientTerminated, ""));
            return;
        }
        if (Server is not { } server || server.TransactionStatus != (byte)'I' || (_streamLeft > 0 && _streamToServer))
        {
            ResumeStalled();
            return;
        }
        if (_isHandingOver)
            return;
        if (_hasRun && PoolFacts.Of(Pool).MayHideObjects)
            State.NoteHiddenObjects();
        _hasRun = false;
        if (!State.IsSettled(server) && Settle(server))
            return;
        if (PoolFacts.Of(Pool).TakeCatalogDue(Session.Loop.Now))
        {
            server.StartNow(new FactsExchange(Pool, () => { }));
            return;
        }
        if (Session.Proxy.IsDraining)
        {
            Proxy.LeaveIfIdle(Session);
            return;
        }
        if (_pins.IsPinned) KeepLease(server);
        else Release(server);
        ResumeStalled();
    }

    public void OnProbed(PostgresServer owner, StateProbe probe)
    {
        if (Server is not { } server || server != owner.Session)
            return;
        if (probe.HasFailed)
            _pins.Add(PinCause.UnknownState, server);
        State.Take(probe, server, Pool.Key.User);
        _pins.Take(probe, server);
        State.BeginLease(server);
    }

    /// <summary>The server connection has what this client expects, or could not be given it.</summary>
    public void OnHandedOver(PostgresServer owner, HandOver handOver)
    {
        if (handOver.HasFailed)
        {
            FailHandOver(owner, handOver);
            return;
        }
        if (Server is not { } server || server != owner.Session)
            return;
        _isHandingOver = false;
        State.BeginLease(server);
        TellReported(server.Reported);
        Flush();
        ResumeStalled();
    }

    /// <summary>Brings back what a RESET of the client took below its baseline.</summary>
    public void RestoreBaseline(ServerSession server) =>
        server.StartNow(new BaselineRestore(this, State.TakeOwedBaseline()));

    public void OnBaselineRestored(PostgresServer owner, bool hasFailed)
    {
        if (Server is not { } server || server != owner.Session)
            return;
        if (hasFailed)
        {
            Session.End(new Goodbye(EndReason.ServerNotClean,
                "The session's start-up settings could not be brought back after a RESET."));
            return;
        }
        State.OnBaselineRestored(server);
        TellReported(server.Reported);
        MessageWriter.ReadyForQuery(ToClient, server.TransactionStatus);
        Flush();
        OnReady(server);
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

    /// <summary>The server is gone with this client's transaction.</summary>
    public void OnServerLost(string why, bool midMessage, int groupsOwed, bool isGroupOpen)
    {
        Server = null;
        _isHandingOver = false;
        _isInCopy = false;
        var isInDoubt = groupsOwed > 0 || isGroupOpen;
        _pins.Clear();
        if (Session.IsEnded)
            return;
        var error = Errors.Lost(why, _lastWords, isInDoubt);
        _lastWords = null;
        if (midMessage || (_streamLeft > 0 && _streamToServer))
        {
            // Half a message has gone out: any word of ours would be taken for its rest.
            Session.End(new Goodbye(EndReason.ServerClosed, ""));
            return;
        }
        State.Forget();
        for (var i = 0; i < groupsOwed; i++)
        {
            ToClient.Write(error);
            MessageWriter.ReadyForQuery(ToClient, (byte)'I');
        }
        if (isGroupOpen)
        {
            ToClient.Write(error);
            _local.SkipToSync();
        }
        else if (groupsOwed == 0)
        {
            // Inside a transaction, between statements: the next one learns it.
            _local.Fail(error);
        }
        Flush();
        Session.OnTransaction(false);
        Session.Connection.Redeliver();
    }

    /// <summary>The session is over: the server connection goes back clean, or not at all.</summary>
    public void OnEnded(bool isPolite)
    {
        Names.Clear(unnamedToo: true);
        _pins.Report(PinCause.None);
        if (Server is not { } server)
            return;
        Server = null;
        server.Client = null;
        if (_streamLeft > 0 && _streamToServer)
        {
            // Half a message is on its way: nobody can say where the next one begins.
            Pool.Target.Protocol.SendCancel(server.Connection);
            server.Connection.Break(EndReason.ServerNotClean, "the client left in the middle of a message");
            return;
        }
        var residue = NoteResidue(server);
        server.Residue |= residue;
        ((PostgresServer)server.Connection.Protocol).CleanUp(
            isPolite ? CleanUpUrgency.LetFinish : CleanUpUrgency.Cancel, _pins.Causes);
    }

    private void Attach(ServerConnection connection)
    {
        var server = ((PostgresServer)connection.Protocol).Session;
        Invariant.Holds(Server is null && server.Client is null);
        Invariant.Holds(server.Replies.IsQuiet && server.TransactionStatus == (byte)'I');
        Server = server;
        server.Client = this;
        var isOther = connection.LastBorrowerId != Session.Id;
        connection.LastBorrowerId = Session.Id;
        State.BeginLease(server);
        _foreignSequences = isOther && server.SequencesAdvanced;
        if (Mode == PoolMode.Session)
            _pins.Add(PinCause.SessionMode, server);
        var discardSequences = isOther && State.ReadsSequences && server.SequencesAdvanced;
        if (!ReferenceEquals(server.Applied, State.Desired) || discardSequences
            || (isOther && server.Residue != Residue.None))
            HandOverTo(server, isOther, discardSequences);
        else if (!ReferenceEquals(server.Reported, State.Told))
            TellReported(server.Reported);
    }

    private void HandOverTo(ServerSession server, bool isOther, bool discardSequences)
    {
        // Under a foreign time-out the scrub itself may be cut short: then nothing may stand behind it yet.
        _isHandingOver = !State.Desired.IsContextFree || server.Applied.HasTimeout;
        server.Start(new HandOver(server, this, State.Desired, isOther, discardSequences), ToServer);
    }

    private void FailHandOver(PostgresServer owner, HandOver handOver)
    {
        var error = handOver.Error;
        owner.Session.Connection.Break(EndReason.ServerNotClean, "the settings of a session could not be applied");
        if (Server is null || Server != owner.Session)
            return;
        var wasWaiting = _isHandingOver;
        Server.Client = null;
        Server = null;
        _isHandingOver = false;
        if (error is not null && wasWaiting)
        {
            var message = new ByteBuffer(error.Length + 5);
            var mark = MessageWriter.Begin(message, ServerCode.ErrorResponse);
            message.Write(error);
            MessageWriter.End(message, mark);
            FailRequest(message.Written);
            return;
        }
        Session.End(new Goodbye(EndReason.ServerNotClean, "The session's settings could not be brought to a database connection.",
            "Its last statement may have run without them."));
    }

    /// <summary>
    /// Tells the client what differs from what it was told, because the server's own values have
    /// changed.
    /// </summary>
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
                PostgresServer.WriteParameterStatus(output, name, value);
        }
        State.Told = reported;
    }

    /// <returns>True: the server is being asked, and the lease goes on until it has answered.</returns>
    private bool Settle(ServerSession server)
    {
        var pending = State.Pending;
        if ((pending & StatementEffects.ChangesCode) != 0)
            NoteCodeChange();
        _pins.NoteUnprobed(pending, server);
        if (State.Settle(this, server, _pins.IsPinned) is not { } probe)
        {
            Names.IsWholesaleUnsettled = false;
            return false;
        }
        Names.IsWholesaleUnsettled = false;
        server.StartNow(probe);
        return true;
    }

    /// <summary>New code may hide state from all users of its database, until the catalog is read again.</summary>
    private void NoteCodeChange()
    {
        foreach (var pool in Pool.Target.Pools)
        {
            if (pool.Key.Database == Pool.Key.Database)
                PoolFacts.Of(pool).OnCodeChanged();
        }
    }

    private void KeepLease(ServerSession server)
    {
        if (ReferenceEquals(server.Applied, State.Desired))
            return;
        HandOverTo(server, isOther: false, discardSequences: false);
        Flush();
    }

    private void Release(ServerSession server)
    {
        server.Residue |= NoteResidue(server);
        Server = null;
        server.Client = null;
        Session.OnTransaction(false);
        server.Connection.Release();
    }

    private Residue NoteResidue(ServerSession server)
    {
        var residue = Residue.None;
        if (PoolFacts.Of(Pool).MayHideState)
            residue |= Residue.HiddenCode;
        if (_pins.WasEverPinned)
            residue |= Residue.Objects;
        if (server.Applied.TryGet("role", out _) || server.Applied.TryGet("session_authorization", out _))
            residue |= Residue.Identity;
        return residue;
    }

    private void Resume()
    {
        Session.Connection.Resume();
        Session.Connection.Redeliver();
    }

    private void ResumeStalled()
    {
        if (_isStalled && !Session.IsEnded)
            Resume();
    }

    private int Stream(ReadOnlySpan<byte> window)
    {
        var count = Math.Min(_streamLeft, window.Length);
        if (count == 0)
            return 0;
        if (_streamToServer)
            ForwardBytes(window[..count]);
        _streamLeft -= count;
        if (_streamLeft == 0 && _streamToServer && Server is { Replies.IsQuiet: true })
        {
            // The replies came while the last message was still on its way (a COPY that had failed).
            Flush();
            OnQuiet();
        }
        return count;
    }

    private void ForwardBytes(ReadOnlySpan<byte> bytes)
    {
        const int CopyBytesMax = 8 * 1024;
        if (bytes.Length <= CopyBytesMax)
        {
            ToServer.Write(bytes);
            return;
        }
        var server = Server!.Connection.Connection;
        server.Send(ToServer.Written);
        ToServer.Clear();
        server.Send(bytes);
    }

    private int Step(ReadOnlySpan<byte> window)
    {
        if (!MessageHeader.TryRead(window, out var header))
            return 0;
        if (_local.IsActive && header.Code != ClientCode.Terminate)
        {
            _local.Answer(header.Code, ToClient);
            return Discard(window, header);
        }
        if (Server is { Replies.IsSkipping: true } && header.Code is not (ClientCode.Sync or ClientCode.Terminate))
            return Discard(window, header);
        if (Server is { Replies.Count: >= Limits.RepliesOwedMax })
        {
            Stall();
            return 0;
        }
        switch (header.Code)
        {
            case ClientCode.Query:
            case ClientCode.Parse:
            case ClientCode.Bind:
            case ClientCode.Describe:
            case ClientCode.Execute:
            case ClientCode.Close:
            case ClientCode.FunctionCall:
                return _statements.Step(window, header);
            case ClientCode.Sync:
                return OnSync(window, header);
            case ClientCode.Flush:
                return Whole(window, header) && (Server is null || Acquire() is not null) ? ForwardIfLeased(window, header) : 0;
            case ClientCode.CopyData:
            case ClientCode.CopyDone:
            case ClientCode.CopyFail:
                return OnCopy(window, header);
            case ClientCode.Terminate:
                return Leave(window.Length);
            default:
                throw new ProtocolViolation($"invalid frontend message type {header.Code}");
        }
    }

    /// <summary>The client says goodbye: what it has sent before is still done and answered.</summary>
    private int Leave(int windowBytes)
    {
        Flush();
        if (Server is { Replies.GroupsOwed: > 0 })
            IsLeaving = true;
        else
            Session.End(new Goodbye(EndReason.ClientTerminated, ""));
        return windowBytes;
    }

    private static bool Whole(ReadOnlySpan<byte> window, MessageHeader header) => window.Length >= header.TotalBytes;

    private int ForwardIfLeased(ReadOnlySpan<byte> window, MessageHeader header) =>
        Server is null ? header.TotalBytes : Forward(window, header.TotalBytes);

    private int OnSync(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (header.BodyBytes != 0)
            throw new ProtocolViolation("invalid message format");
        if (!Whole(window, header))
            return 0;
        if (Server is null && !Session.IsWaiting)
        {
            MessageWriter.ReadyForQuery(ToClient, (byte)'I');
            return header.TotalBytes;
        }
        if (Acquire() is not { } server)
            return 0;
        // In COPY the server ignores it, as PostgreSQL says, and so owes nothing.
        if (!_isInCopy)
            server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Sync });
        return Forward(window, header.TotalBytes);
    }

    private int OnCopy(ReadOnlySpan<byte> window, MessageHeader header)
    {
        // After a COPY that failed the client may go on for a while; PostgreSQL ignores it, and so do we.
        if (Server is null || Server.Replies.Count == 0)
            return Discard(window, header);
        if (Acquire() is not { } server)
            return 0;
        if (header.Code != ClientCode.CopyData)
        {
            if (!_isInCopy)
                server.Replies.Add(new ExpectedReply { Kind = ReplyKind.CopyEnd });
            _isInCopy = false;
        }
        return Forward(window, header.TotalBytes);
    }

    /// <summary>Takes a message and does nothing with it.</summary>
    private int Discard(ReadOnlySpan<byte> window, MessageHeader header)
    {
        var count = Math.Min(header.TotalBytes, window.Length);
        _streamLeft = header.TotalBytes - count;
        _streamToServer = false;
        return count;
    }

    /// <summary>Statements that may give other columns to queries that are prepared already.</summary>
    private static bool IsSchemaChange(ReadOnlySpan<byte> tag) => tag.Length > 5 && tag[0] is (byte)'A' or (byte)'D' or (byte)'C'
        && (tag.StartsWith("ALTER "u8) || tag.StartsWith("DROP "u8) || tag.StartsWith("CREATE VIEW"u8)
            || tag.StartsWith("CREATE FUNCTION"u8) || tag.StartsWith("CREATE RULE"u8));

    /// <summary>Others see a change when it is committed: so it counts when it is made and once more then.</summary>
    private void NoteSchemaChange()
    {
        _madeSchema = false;
        Schema.Of(Pool).Generation++;
    }

    private void OnWholesaleTag(ReadOnlySpan<byte> tag)
    {
        var text = tag[..Math.Max(0, tag.IndexOf((byte)0))];
        var isDiscard = text.SequenceEqual("DISCARD ALL"u8);
        if (!isDiscard && !text.SequenceEqual("DEALLOCATE ALL"u8))
            return;
        Server!.Prepared.Clear();
        Names.Clear(unnamedToo: isDiscard);
        if (!isDiscard)
            return;
        Server.Unnamed = null;
        Server.SequencesAdvanced = false;
        State.ResetAll(Server);
        _pins.OnDiscardAll();
    }
}
