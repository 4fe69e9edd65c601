using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Postgres.Client;
using Sento.Postgres.Listening;
using Sento.Postgres.Replay;
using Sento.Postgres.Wire;
using static Sento.Postgres.Server.ReplyRules;

namespace Sento.Postgres.Server;

/// <summary>
/// What a signed-in server connection owes, has been told and has become. Loop thread only.
/// </summary>
/// <remarks>
/// Walks the server's messages, keeps the book of replies, and sends on what belongs to the client. It never
/// builds a message that is only forwarded, and never holds one whole unless its content matters here.
/// </remarks>
internal sealed class ServerSession(PostgresServer owner, ServerConnection connection, SettingsSet nothing)
{
    /// <summary>
    /// Bytes. Rows and copy data up to this size go on only when they are whole: should the server die within
    /// one, its client can still be told. Longer ones are streamed.
    /// </summary>
    private const int WholeBytesMax = 16 * 1024;

    private int _streamLeft;
    private long _replyBytes;
    private bool _streamToClient;
    private bool _hasAnswered;

    public ServerConnection Connection { get; } = connection;

    /// <summary>Its number at the server.</summary>
    public int ProcessId => owner.ProcessId;

    public ReplyQueue Replies { get; } = new();

    public PreparedOnServer Prepared { get; } = new(Schema.Of(connection.Pool));

    /// <summary>Whose statements run here now; null: nobody's.</summary>
    public ClientRelay? Client { get; set; }

    /// <summary>For whom this connection does nothing but listen; null: it is not one of those.</summary>
    public ListeningHub? Hub { get; set; }

    /// <summary>Which client has notified here last.</summary>
    public Notifier Notifier;

    /// <summary>What the client of this lease asked first, should it have to be asked elsewhere.</summary>
    public FirstRequest FirstRequest { get; } = new();

    public byte TransactionStatus { get; private set; } = (byte)'I';

    /// <summary>A statement of ours runs now.</summary>
    public bool IsOurs => Replies.Count > 0 && Replies.Head.Route == ReplyRoute.Internal;

    /// <summary>The parameters as this server last reported them.</summary>
    public SettingsSet Reported { get; set; } = nothing;

    /// <summary>The settings that were made here and not taken back, as far as seen.</summary>
    public SettingsSet Applied { get; set; } = nothing;

    /// <summary>What may have been left behind unseen.</summary>
    public Residue Residue { get; set; }

    public UnnamedOnServer Unnamed { get; } = new();

    /// <summary>Values of sequences are remembered here that the last user, and no other, may read.</summary>
    public bool SequencesAdvanced { get; set; }

    /// <summary>Sends a Query of our own; its replies go to the exchange alone.</summary>
    public void Start(InternalExchange exchange, ByteBuffer output)
    {
        Invariant.Holds(!Replies.IsGroupOpen);
        ClientMessageWriter.Query(output, exchange.Sql);
        Replies.Add(new ExpectedReply
        {
            Kind = ReplyKind.Query,
            Route = ReplyRoute.Internal,
            Exchange = exchange,
        });
        // A simple Query ends the life of the unnamed statement.
        Unnamed.End();
    }

    /// <summary>The same, sent at once.</summary>
    public void StartNow(InternalExchange exchange)
    {
        var output = Connection.Loop.ToServer;
        Invariant.Holds(output.Length == 0);
        Start(exchange, output);
        Connection.Connection.Send(output.Written);
        output.Clear();
    }

    /// <summary>Walks what has come; returns the bytes done with.</summary>
    public int OnReceived(ReadOnlySpan<byte> window)
    {
        var output = new ClientOutput(Connection.Loop.ToClient, window, Client?.Session);
        var position = 0;
        while (!Connection.IsClosed)
        {
            output.BelongTo(Client?.Session);
            if (_streamLeft > 0)
            {
                position += Stream(ref output, position, window.Length - position);
                if (_streamLeft > 0)
                    break;
                continue;
            }
            if (!MessageHeader.TryRead(window[position..], out var header))
                break;
            if (MayStream(header.Code) && header.TotalBytes > WholeBytesMax && !IsOurs)
            {
                _streamLeft = header.TotalBytes;
                _streamToClient = Client is not null
                    && (Replies.Count == 0 || Replies.Head.Route == ReplyRoute.Client);
                continue;
            }
            if (window.Length - position < header.TotalBytes)
            {
                if (header.TotalBytes > Limits.ServerMessageBytesMax)
                    throw new ProtocolViolation("a message of the server is too long");
                break;
            }
            var end = position + header.TotalBytes;
            Handle(ref output, header.Code, window[(position + MessageHeader.Bytes)..end], position, end);
            position = end;
        }
        FlushTo(ref output);
        _replyBytes += position;
        Connection.Connection.Expect(_streamLeft, _replyBytes > Limits.BulkBytes);
        // A client that reads slowly holds its server back, not our memory.
        if (ClientConnection() is { IsBackedUp: true } && !Connection.IsClosed)
            Connection.Connection.Pause();
        // A message may wait for replies in the middle of its group.
        if ((Replies.IsGroupOpen || Client is { IsCopying: true }) && !Connection.IsClosed)
            Client?.ResumeStalled();
        return position;
    }

    /// <summary>
    /// The server has had the beginning of a client's message and will not have the rest: any word more would
    /// be taken for that.
    /// </summary>
    public bool IsCutOff { get; set; }

    /// <summary>Part of a message has gone to the client.</summary>
    public bool IsMidMessage => _streamLeft > 0 && _streamToClient;

    /// <summary>An internal error or a broken server: nothing of this session may be used again.</summary>
    public void Forget() => Replies.Clear();

    /// <summary>What is owed will not come: names go back to what they meant before.</summary>
    public void UndoOwed(ClientRelay client)
    {
        for (var i = Replies.Count - 1; i >= 0; i--)
        {
            if (Replies[i].Change is { } change)
                client.Names.Undo(change, wasTried: false);
        }
        client.Names.PlacedGroup = 0;
    }

    private Transport.Connection? ClientConnection() => Client?.OutputConnection;

    private void FlushTo(ref ClientOutput output)
    {
        if (!output.IsEmpty)
            FirstRequest.OnAnswered();
        if (Client is { } client)
            RelayMeter.CountSent(client.Session, output.Length);
        output.Flush(Client?.Session);
    }

    private int Stream(ref ClientOutput output, int position, int available)
    {
        var count = Math.Min(_streamLeft, available);
        if (_streamToClient && count > 0)
            output.Forward(position, position + count);
        _streamLeft -= count;
        return count;
    }

    private void Handle(ref ClientOutput output, byte code, ReadOnlySpan<byte> body, int start, int end)
    {
        switch (code)
        {
            case ServerCode.ParameterStatus:
                OnParameterStatus(ref output, body, start, end);
                return;
            case ServerCode.NoticeResponse:
                if (Client is not null && !IsOurs)
                    output.Forward(start, end);
                return;
            case ServerCode.NotificationResponse:
                Hub?.OnNotification(body);
                Client?.Lease.Hearing?.HearFromLease(Notification.Read(body), this, output.Insert());
                return;
            case ServerCode.ErrorResponse:
                OnError(ref output, body, start, end);
                return;
        }
        if (Replies.Count == 0)
            throw new ProtocolViolation("the server sent a reply that nobody asked for");
        ref var head = ref Replies.Head;
        if (head.Route == ReplyRoute.Internal)
        {
            HandleInternal(ref output, code, body);
            return;
        }
        if (code == ServerCode.ReadyForQuery)
        {
            ExpectReady(head.Kind);
            if (HoldsReady(head, body) || RefusesTransaction(ref output, head, body)
                || HoldsReady(ref output, head, body))
                return;
        }
        if (code == ServerCode.ReadyForQuery && Client is { State.OwesBaseline: true })
            Client.WriteReported(Reported, output.Insert());
        if (code == ServerCode.ReadyForQuery && Client is { Listening: { } listening }
            && StatusOf(body) == (byte)'I')
            listening.WriteHeld(output.Insert());
        if (head.Route == ReplyRoute.Client)
            output.Forward(start, end);
        if (code == ServerCode.ReadyForQuery)
        {
            OnReady(ref output, body);
            return;
        }
        NoteReply(ref head, code, body);
        if (Completes(head.Kind, code))
        {
            Unnamed.OnDone(head);
            SettleHead();
            EmitElided(ref output);
        }
    }

    private void SettleHead()
    {
        ref var head = ref Replies.Head;
        if (head.Change is null && (head.Statement is null || !MakesStatement(head))) Replies.Drop();
        else Settle(Replies.Take());
    }

    private void ExpectReady(ReplyKind kind)
    {
        // A Query is answered with something, if only that it was empty; a Sync need not be.
        var isExpected = kind is ReplyKind.Sync or ReplyKind.FunctionCall
            || (kind == ReplyKind.Query && _hasAnswered);
        if (!isExpected)
            throw new ProtocolViolation("the server is ready before its replies are complete");
        _hasAnswered = false;
    }

    private void NoteReply(ref ExpectedReply head, byte code, ReadOnlySpan<byte> body)
    {
        switch (code)
        {
            case ServerCode.EmptyQueryResponse:
                _hasAnswered = true;
                return;
            case ServerCode.CommandComplete:
                _hasAnswered = true;
                if (MayAdvanceSequence(body))
                    Client?.Lease.Sequences.OnAdvanced(this);
                Client?.OnCommandComplete(body);
                return;
            case ServerCode.ParameterDescription or ServerCode.RowDescription or ServerCode.NoData
                when head.Kind is ReplyKind.DescribeStatement or ReplyKind.DescribePortal:
                if (head is { Name: not null, Statement: not null })
                    Client?.Statements.Supply.OnDescribed(head, code, body);
                return;
            case ServerCode.CopyInResponse:
            case ServerCode.CopyBothResponse:
                // What is replicated has no end, and somebody may wait for each piece of it.
                if (code == ServerCode.CopyBothResponse)
                    _replyBytes = long.MinValue;
                // Also where the client has gone meanwhile: the server's book must be right.
                var isEnded = Replies.TakeCopyEnd();
                Client?.Copy.OnBegun(isEnded);
                return;
        }
    }

    private void Settle(in ExpectedReply reply)
    {
        if (reply.Statement is not null && MakesStatement(reply))
            Prepared.Confirm(reply.Statement);
        if (reply.Change is { } change)
            Client?.Statements.OnSettled(change);
    }

    private void EmitElided(ref ClientOutput output)
    {
        while (Replies.Count > 0)
        {
            switch (Replies.Head.Kind)
            {
                case ReplyKind.ElidedClose:
                    output.Insert().Write("3\0\0\0\x04"u8);
                    break;
                case ReplyKind.ElidedQuery:
                    output.Insert().Write(Replies.Head.Answer);
                    MessageWriter.ReadyForQuery(output.Insert(), TransactionStatus);
                    break;
                case ReplyKind.CopyEnd:
                    break;
                default:
                    return;
            }
            Settle(Replies.Take());
        }
    }

    /// <summary>After elided messages were added to an empty book: their replies are due at once.</summary>
    public void EmitElidedNow()
    {
        var output = new ClientOutput(Connection.Loop.ToClient, default, Client?.Session);
        EmitElided(ref output);
        FlushTo(ref output);
    }

    private void OnParameterStatus(ref ClientOutput output, ReadOnlySpan<byte> body, int start, int end)
    {
        var reader = new MessageReader(body);
        var name = System.Text.Encoding.Latin1.GetString(reader.ReadText());
        var value = System.Text.Encoding.Latin1.GetString(reader.ReadText());
        reader.ExpectEnd();
        Reported = Reported.With(name, value);
        if (Client is not null && !IsOurs && Client.OnParameterStatus(name, value))
            output.Forward(start, end);
    }

    private void OnError(ref ClientOutput output, ReadOnlySpan<byte> body, int start, int end)
    {
        var isFatal =
            (ErrorFields.TryFind(body, (byte)'V', out var severity) && !severity.SequenceEqual("ERROR"u8))
            || (ErrorFields.TryFind(body, (byte)'S', out severity) && severity.SequenceEqual("FATAL"u8));
        if (isFatal || Replies.Count == 0)
        {
            // The server is about to close. Whoever uses it learns these words when it has, and the book
            // stays as it is: it tells who is owed what.
            var words = ErrorFields.Read(body);
            if (Client is { } violator && isFatal && words.SqlState == SqlState.ProtocolViolation && !IsOurs)
            {
                output.Forward(start, end);
                FlushTo(ref output);
                owner.OnSynchronizationLost(words, violator);
                return;
            }
            FlushTo(ref output);
            owner.OnLastWords(words);
            return;
        }
        ref var head = ref Replies.Head;
        if (head.Route == ReplyRoute.Internal)
        {
            head.Exchange!.OnError(body);
            if (head.Kind is not (ReplyKind.Query or ReplyKind.Sync))
                Refusals.SkipGroup(this);
            return;
        }
        _hasAnswered = true;
        if (Client is not null)
        {
            if (Client.RewriteError(body, head, output.Insert()) is false)
                output.Forward(start, end);
            Client.OnErrorSent();
        }
        if (head.Kind is ReplyKind.Query or ReplyKind.FunctionCall or ReplyKind.Sync)
        {
            Refusals.Refuse(this, head, wasTried: true);
            head.Change = null;
            head.Statement = null;
            return;
        }
        if (head.Statement is not null && IsStalePlan(body))
            Prepared.MarkStale(head.Statement);
        Refusals.SkipGroup(this);
    }

    private void HandleInternal(ref ClientOutput output, byte code, ReadOnlySpan<byte> body)
    {
        var exchange = Replies.Head.Exchange!;
        if (code == ServerCode.DataRow)
        {
            exchange.OnRow(body);
            return;
        }
        if (code is ServerCode.CopyInResponse or ServerCode.CopyBothResponse)
            throw new ProtocolViolation("the server wants copy data for a statement of ours");
        if (code != ServerCode.ReadyForQuery)
        {
            if (Completes(Replies.Head.Kind, code))
                Settle(Replies.Take());
            return;
        }
        Unnamed.OnDone(Replies.Take());
        TransactionStatus = StatusOf(body);
        EmitElided(ref output);
        FlushTo(ref output);
        var client = Client;
        exchange.OnDone(owner);
        // Whoever got this connection by that has not used it yet.
        if (Connection.IsClosed || !ReferenceEquals(client, Client))
            return;
        client?.Endings.SendDueCancels();
        if (!Replies.IsQuiet)
            return;
        if (client is not null) client.OnQuiet();
        else owner.GoOnCleaning();
    }

    private void OnReady(ref ClientOutput output, ReadOnlySpan<byte> body)
    {
        _replyBytes = 0;
        Unnamed.OnDone(Replies.Head);
        SettleHead();
        TransactionStatus = StatusOf(body);
        EmitElided(ref output);
        if (Client is not { } client)
        {
            owner.GoOnCleaning();
            return;
        }
        // What the client is owed must be on its way before another can get this server.
        FlushTo(ref output);
        client.OnReady(this);
        if (!Connection.IsClosed && Replies.IsQuiet && ReferenceEquals(Client, client))
            client.OnQuiet();
    }

    /// <summary>
    /// The client's RESET has gone below its baseline: ReadyForQuery is kept back until that stands again.
    /// </summary>
    private bool HoldsReady(in ExpectedReply head, ReadOnlySpan<byte> body)
    {
        if (Client is not { State.OwesBaseline: true } client || head.Route != ReplyRoute.Client
            || Replies.Count != 1 || Replies.IsGroupOpen || StatusOf(body) == (byte)'E')
            return false;
        Settle(Replies.Take());
        TransactionStatus = StatusOf(body);
        client.Lease.RestoreBaseline(this);
        return true;
    }

    /// <summary>
    /// PoolMode statement: the client is told that it may not, instead of that its transaction is open.
    /// </summary>
    private bool RefusesTransaction(ref ClientOutput output, in ExpectedReply head, ReadOnlySpan<byte> body)
    {
        if (Client is not { Mode: Model.PoolMode.Statement } client || head.Route != ReplyRoute.Client
            || StatusOf(body) == (byte)'I')
            return false;
        Settle(Replies.Take());
        TransactionStatus = StatusOf(body);
        FlushTo(ref output);
        client.RefuseTransaction();
        return true;
    }

    /// <summary>
    /// Notifications that PostgreSQL has sent before ReadyForQuery stand before it for the client too.
    /// </summary>
    private bool HoldsReady(ref ClientOutput output, in ExpectedReply head, ReadOnlySpan<byte> body)
    {
        if (Client is not { Listening: { } listening } client || head.Route != ReplyRoute.Client
            || Replies.Count != 1 || Replies.IsGroupOpen || StatusOf(body) != (byte)'I'
            || client.Stream.IsMidMessage || !listening.HoldsReady())
            return false;
        Settle(Replies.Take());
        TransactionStatus = (byte)'I';
        FlushTo(ref output);
        client.OnReady(this);
        if (!Connection.IsClosed && ReferenceEquals(Client, client))
            client.OnQuiet();
        return true;
    }
}
