using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.MySql.Client;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// What a signed-in server connection owes, has been told and has become. Loop thread only.
/// </summary>
/// <remarks>
/// Walks the server's packets and sends on what belongs to the client: byte for byte where the client
/// agreed on the same as we did with the server, else packet by packet with numbers of its own. A row is
/// never held whole.
/// </remarks>
internal sealed class ServerSession(MySqlServer owner, ServerConnection connection, StateSet nothing)
{
    private readonly ReplyWalker _walker = new();
    private int _streamLeft;
    private long _replyBytes;
    private bool _streamToClient;

    public ServerConnection Connection { get; } = connection;

    public MySqlServer Owner => owner;

    public RingQueue<ExpectedReply> Replies { get; } = new(8);

    public PreparedOnServer Prepared { get; } = new();

    /// <summary>Whose statements run here now; null: nobody's.</summary>
    public ClientRelay? Client { get; set; }

    /// <summary>As the server said last; after an error it may be older than the truth.</summary>
    public ServerStatus Status { get; set; } = ServerStatus.Autocommit;

    /// <summary>What has been set here, as far as seen.</summary>
    public StateSet Applied { get; set; } = nothing;

    /// <summary>The server must be told (again) what to report.</summary>
    public bool OwesTracking { get; set; }

    /// <summary>A statement has failed or warned here: of what, later ones may still be told.</summary>
    public bool HasTraces { get; set; }

    /// <summary>Code may have run here that no text shows.</summary>
    public bool HasRunCode { get; set; }

    /// <summary>The role that it has signed in with; null: this server has none.</summary>
    public string? Role { get; set; }

    /// <summary>It has another role now.</summary>
    public bool HasOtherRole { get; set; }

    /// <summary>Something of its last user that no reset takes away.</summary>
    public bool IsTainted { get; set; }

    /// <summary>What LAST_INSERT_ID() says here; null: what it was told to others does not show.</summary>
    public ulong? Key { get; set; }

    /// <summary>
    /// An insert has told a key, which may be one that its client gave: then LAST_INSERT_ID() is another.
    /// </summary>
    public bool IsKeyInDoubt { get; set; }

    /// <summary>Agreed on at sign-in.</summary>
    public Capabilities Capabilities { get; set; }

    public bool IsQuiet => Replies.Count == 0;

    /// <summary>A reply to a client's command is still to come.</summary>
    public bool OwesClient => Replies.Count > 0 && Replies.Last.Exchange is null;

    /// <summary>A question of ours runs that no KILL of a client's may hit.</summary>
    public bool IsOurs => Replies.Count > 0 && Replies.Head.Exchange is { IsForCommand: false };

    /// <summary>Something runs, or will, without which a client's command can't be sent.</summary>
    public bool IsPreparing
    {
        get
        {
            for (var i = 0; i < Replies.Count; i++)
            {
                if (Replies[i].Exchange is { IsForCommand: true })
                    return true;
            }
            return false;
        }
    }

    public bool IsInTransaction => (Status & ServerStatus.InTransaction) != 0;

    /// <summary>Part of a packet has gone to the client.</summary>
    public bool IsMidPacket => _streamLeft > 0 && _streamToClient;

    /// <summary>Packets of the reply to the client so far have already gone to it.</summary>
    public bool IsMidReply => _walker.IsBegun;

    /// <summary>Sends commands of our own; their replies go to the exchange alone.</summary>
    public void Start(InternalExchange exchange, ByteBuffer output)
    {
        exchange.Write(this, output);
        Invariant.Holds(exchange.Owed > 0);
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

    /// <summary>Writes a statement of an exchange.</summary>
    public void AddQuery(InternalExchange exchange, ByteBuffer output, ReadOnlySpan<byte> sql)
    {
        var mark = PacketWriter.BeginQuery(output, (Capabilities & Capabilities.QueryAttributes) != 0);
        output.Write(sql);
        PacketWriter.End(output, mark, 0);
        Add(exchange);
    }

    /// <summary>A command of an exchange is being written.</summary>
    public void Add(InternalExchange exchange, ReplyKind kind = ReplyKind.Command,
        PreparedStatement? statement = null)
    {
        exchange.Owed++;
        Replies.Enqueue(new ExpectedReply { Kind = kind, Exchange = exchange, Statement = statement });
    }

    /// <summary>
    /// The server has had the beginning of a client's message and will not have the rest: any word more would
    /// be taken for that.
    /// </summary>
    public bool IsCutOff { get; set; }

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
                var count = Math.Min(_streamLeft, window.Length - position);
                if (_streamToClient && count > 0)
                    output.Forward(position, position + count);
                _streamLeft -= count;
                position += count;
                if (_streamLeft > 0)
                    break;
                continue;
            }
            var rest = window[position..];
            if (!PacketHeader.TryRead(rest, out var header))
                break;
            if (Replies.Count == 0)
                throw Unprompted(rest, header);
            // What a packet is shows in its first byte; an empty one ends a long row.
            if (header.PayloadBytes > 0 && rest.Length == PacketHeader.Bytes)
                break;
            var first = header.PayloadBytes == 0 ? (byte)0 : rest[PacketHeader.Bytes];
            if (_walker.CanStream(ref Replies.Head, header, first))
            {
                Pass(ref output, header, position);
                position += PacketHeader.Bytes;
                _streamLeft = header.PayloadBytes;
                _streamToClient = Client is not null && Replies.Head.Exchange is null;
                _walker.OnStreamed(header);
                continue;
            }
            if (header.PayloadBytes > Limits.ServerMessageBytesMax)
                throw new ProtocolViolation("a packet of the server is too long");
            if (rest.Length < header.TotalBytes)
                break;
            Handle(ref output, header, rest[PacketHeader.Bytes..header.TotalBytes], position);
            position += header.TotalBytes;
        }
        output.Flush(Client?.Session);
        _replyBytes += position;
        Connection.Connection.Expect(_streamLeft, IsBulk);
        // A client that reads slowly holds its server back, not our memory.
        if (ClientConnection() is { IsBackedUp: true } && !Connection.IsClosed)
            Connection.Connection.Pause();
        return position;
    }

    /// <summary>An internal error or a broken server: nothing of this session may be used again.</summary>
    public void Forget() => Replies.Clear();

    private static ProtocolViolation Unprompted(ReadOnlySpan<byte> rest, PacketHeader header) =>
        // Servers say why they close a connection: shut down, idle too long.
        header.PayloadBytes > 0 && rest.Length > PacketHeader.Bytes && rest[PacketHeader.Bytes] == Reply.Error
            ? new ProtocolViolation("the server closed the connection with an error")
            : new ProtocolViolation("the server sent a reply that nobody asked for");

    /// <summary>Somebody may wait for each piece of what is replicated.</summary>
    private bool IsBulk =>
        _replyBytes > Limits.BulkBytes && Replies.Count > 0 && Replies.Head.Kind != ReplyKind.Binlog;

    private Transport.Connection? ClientConnection() => Client?.OutputConnection;

    /// <summary>
    /// Sends a packet's head to the client, numbered as it expects; what is behind it follows.
    /// </summary>
    private void Pass(ref ClientOutput output, PacketHeader header, int position)
    {
        _walker.CheckSequence(header, Replies.Head);
        if (Client is not { } client || Replies.Head.Exchange is not null)
            return;
        if (_walker.EndsHeadWithoutEof(header) && !client.HasDeprecateEof)
        {
            OkPacket.WriteEof(output.Insert(), client.NextSequence(), Status & ServerStatus.Lasting, 0);
            _walker.OnEofInserted();
        }
        var sequence = client.NextSequence();
        if (sequence == header.Sequence)
        {
            output.Forward(position, position + PacketHeader.Bytes);
            return;
        }
        PacketWriter.Header(output.Insert(), header.PayloadBytes, sequence);
    }

    private void PassWhole(ref ClientOutput output, PacketHeader header, int position)
    {
        Pass(ref output, header, position);
        if (Client is not null && Replies.Head.Exchange is null)
            output.Forward(position + PacketHeader.Bytes, position + header.TotalBytes);
    }

    private void Handle(ref ClientOutput output, PacketHeader header, ReadOnlySpan<byte> payload,
        int position)
    {
        ref var head = ref Replies.Head;
        switch (_walker.Classify(ref head, header, payload))
        {
            case PacketKind.Ok:
                _walker.CheckSequence(header, Replies.Head);
                OnOk(ref output, header, payload, position);
                return;
            case PacketKind.Error:
                OnError(ref output, header, payload, position);
                return;
            case PacketKind.ColumnCount:
                PassWhole(ref output, header, position);
                _walker.OnColumnCount(payload);
                return;
            case PacketKind.Row:
                head.Exchange?.OnRow(payload);
                PassWhole(ref output, header, position);
                _walker.OnStreamed(header);
                return;
            case PacketKind.Prepared:
                OnPrepared(ref output, header, payload);
                return;
            case PacketKind.Definition:
                OnDefinition(ref output, header, payload, position);
                return;
            case PacketKind.FileRequest:
                OnFileRequest(ref output, header, position);
                return;
            default:
                PassWhole(ref output, header, position);
                Complete(ref output);
                return;
        }
    }

    private void OnOk(ref ClientOutput output, PacketHeader header, ReadOnlySpan<byte> payload, int position)
    {
        ref var head = ref Replies.Head;
        OkPacket ok;
        if (payload is [Reply.Eof, _, _, _, _])
        {
            ok = new OkPacket
            {
                Header = Reply.Eof,
                Warnings = (ushort)(payload[1] | payload[2] << 8),
                Status = (ServerStatus)(payload[3] | payload[4] << 8),
            };
        }
        else
        {
            ok = OkPacket.Read(payload);
        }
        Status = ok.Status;
        HasTraces |= ok.Warnings > 0;
        if (head.Exchange is { } exchange)
            exchange.OnOk(this, ok);
        else if (Client is { } client)
            ForwardOk(ref output, client, header, ok, position);
        if ((ok.Status & ServerStatus.MoreResults) != 0)
            _walker.Restart();
        else
            Complete(ref output);
    }

    /// <summary>The same bytes where the client hears what we hear; else as it agreed to.</summary>
    private void ForwardOk(
        ref ClientOutput output, ClientRelay client, PacketHeader header, in OkPacket ok, int position)
    {
        client.OnOk(this, ok, _walker.RowCount);
        var isEof = ok.Header == Reply.Eof;
        if (isEof && !client.HasDeprecateEof)
        {
            // An open cursor's head ends with the only EOF that there is.
            if (_walker.IsRowless && (ok.Status & ServerStatus.CursorExists) == 0)
                OkPacket.WriteEof(output.Insert(), client.NextSequence(), ok.Status, 0);
            var tells = TargetFacts.Of(Connection.Pool.Target).IsMariaDb
                && client.Agreement.HasAskedFor(ok.Changes);
            client.Agreement.Defer(ok.Changes, isInReply: true);
            OkPacket.WriteEofAsIs(output.Insert(), client.NextSequence(),
                tells ? ok.Status : ok.Status & ~ServerStatus.SessionStateChanged, ok.Warnings);
            return;
        }
        var sequence = client.NextSequence();
        var warnings = client.Last.WarningsIn(ok);
        // MySQL says that something has changed also where there is nothing to tell of it.
        var saysNothing = !client.Agreement.HasPending
            && ((ok.Status & ServerStatus.SessionStateChanged) == 0
                || (ok.Changes.IsEmpty && client.Agreement.HasSessionTrack));
        if (saysNothing && sequence == header.Sequence && warnings == ok.Warnings)
            output.Forward(position, position + header.TotalBytes);
        else
            (ok with { Warnings = warnings }).Write(
                output.Insert(), sequence, client.ChangesFor(ok.Changes));
    }

    private void OnError(ref ClientOutput output, PacketHeader header, ReadOnlySpan<byte> payload,
        int position)
    {
        ref var head = ref Replies.Head;
        HasTraces = true;
        if (head is { Kind: ReplyKind.Prepare, Exchange: null } && Replies.Count == 1
            && Client is { } preparing && ErrPacket.CodeOf(payload) == ErrPacket.TooManyStatements)
        {
            output.Flush(preparing.Session);
            if (preparing.Statements.PreparesAgain(this))
            {
                _walker.Reset();
                return;
            }
        }
        if (head.Exchange is { } exchange)
            exchange.OnError(payload);
        else
            Client?.OnError(this, payload);
        PassWhole(ref output, header, position);
        Complete(ref output);
    }

    private void OnPrepared(ref ClientOutput output, PacketHeader header, ReadOnlySpan<byte> payload)
    {
        _walker.CheckSequence(header, Replies.Head);
        var prepared = PrepareOk.Read(payload);
        ref var head = ref Replies.Head;
        _walker.OnPrepared(prepared);
        Prepared.Add(head.Statement!, prepared.Id);
        head.Statement!.ParameterCount = prepared.ParameterCount;
        if (head.Exchange is null && Client is { } client)
        {
            client.Last.TakePrepared(head.Statement!.Traits.Fate, prepared.Warnings);
            prepared.Write(output.Insert(), client.NextSequence(),
                client.Statements.NumberOf(head.Statement!));
        }
        if (_walker.IsDone)
            CompletePrepare(ref output);
    }

    private void OnDefinition(ref ClientOutput output, PacketHeader header, ReadOnlySpan<byte> payload,
        int position)
    {
        PassWhole(ref output, header, position);
        if (Replies.Head.Kind != ReplyKind.Prepare)
        {
            Replies.Head.Exchange?.OnDefinition(payload);
            _walker.OnDefinition();
            return;
        }
        _walker.KeepDefinition(payload);
        if (_walker.OnDefinition() && Client is { HasDeprecateEof: false } client && Replies.Head.Exchange
            is null)
            OkPacket.WriteEof(output.Insert(), client.NextSequence(), Status & ServerStatus.Lasting, 0);
        if (_walker.IsDone)
            CompletePrepare(ref output);
    }

    private void CompletePrepare(ref ClientOutput output)
    {
        var statement = Replies.Head.Statement!;
        statement.Shape = _walker.TakeShape(
            TargetFacts.Of(Connection.Pool.Target).SchemaGeneration, Connection.Loop.Now);
        Complete(ref output);
    }

    private void OnFileRequest(ref ClientOutput output, PacketHeader header, int position)
    {
        // Only in answer to this client's own LOAD DATA LOCAL: a server may not ask for a file just so.
        if (!Replies.Head.MayAskForFile || Client is not { } client)
            throw new ProtocolViolation("the server asked for a file that nobody offered");
        PassWhole(ref output, header, position);
        client.OnFileRequested(header.Sequence);
        _walker.OnFileRequested();
    }

    /// <summary>
    /// The client has sent one more packet of its file or its command: the reply follows it.
    /// </summary>
    public void OnUploaded(byte sequence)
    {
        if (Replies.Count == 1 && _walker.IsBegun)
            _walker.ExpectAfter(sequence);
        else if (Replies.Count > 0)
            Replies.Last.CommandPackets = sequence;
    }

    private void Complete(ref ClientOutput output)
    {
        var reply = Replies.Dequeue();
        _replyBytes = 0;
        _walker.Reset();
        if (reply.Exchange is { } exchange)
        {
            if (--exchange.Owed > 0)
                return;
            output.Flush(Client?.Session);
            exchange.OnDone(owner);
            Client?.LateKill.SendDue();
        }
        else if (Client is { } client)
        {
            // What the client is owed must be on its way before another can get this server.
            output.Flush(client.Session);
            client.OnReplied(this);
        }
        if (!Connection.IsClosed && Replies.Count == 0 && Client is null)
            owner.OnQuietAfterClient();
    }
}
