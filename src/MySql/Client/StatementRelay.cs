using System.Buffers.Binary;
using Sento.Base;
using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// A client's prepared statements: its numbers, and what they are on the server connection of the moment.
/// </summary>
/// <remarks>
/// Statements are shared by content. They are prepared on a server connection when first needed there;
/// types of parameters, which clients send once, are sent again where the server has not heard them.
/// </remarks>
internal sealed class StatementRelay(ClientRelay client)
{
    private const int NumberOffset = PacketHeader.Bytes + 1;

    private const StatementEffects Variables = StatementEffects.UserVariables
        | StatementEffects.AskedVariables | StatementEffects.LiteralVariables;

    private readonly ClientStatements _statements = new();
    private PreparedStatement? _preparing;
    private PrepareExchange? _pending;
    private ClientStatement? _current;
    private byte _currentCode;
    private StatementRoom? _room;

    /// <summary>A cursor or a part of a parameter is on the server connection.</summary>
    public bool KeepsServer { get; private set; }

    private StatementRoom Room => _room ??= new StatementRoom(client, _statements);

    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    private ByteBuffer ToClient => client.Session.Loop.ToClient;

    public StatementRegistry Registry { get; private set; } = PoolFacts.Of(client.Pool).Registry;

    public int Step(ReadOnlySpan<byte> window, PacketHeader header, byte code)
    {
        if (_pending is not null)
            return client.Await();
        if (code == Command.StmtPrepare)
            return OnPrepare(window, header);
        if (header.PayloadBytes < 5)
            throw new ProtocolViolation("malformed packet: a statement has no number");
        if (window.Length < NumberOffset + sizeof(uint))
            return 0;
        var number = BinaryPrimitives.ReadUInt32LittleEndian(window[NumberOffset..]);
        // MariaDB: the one prepared last, for clients that do not wait for its number.
        if (number == uint.MaxValue)
            number = _statements.LastNumber;
        var statement = _statements.Find(number);
        return code switch
        {
            Command.StmtExecute => OnExecute(window, header, statement, number),
            Command.StmtBulkExecute => OnBulkExecute(window, header, statement, number),
            Command.StmtSendLongData => OnLongData(window, header, statement),
            Command.StmtFetch => OnFetch(window, header, statement, number),
            Command.StmtReset => OnStatementReset(header, statement, number),
            _ => OnClose(header, statement),
        };
    }

    /// <summary>The number under which this client is to know what it has just prepared.</summary>
    public uint NumberOf(PreparedStatement statement)
    {
        Invariant.Holds(ReferenceEquals(_preparing, statement));
        _preparing = null;
        Room.Forget();
        return _statements.Add(statement);
    }

    public void OnOk(ServerStatus status)
    {
        if (_current is not { } current)
            return;
        if (_currentCode == Command.StmtExecute && (status & ServerStatus.CursorExists) != 0)
            current.HasCursor = true;
        else if (_currentCode == Command.StmtFetch && (status & ServerStatus.LastRowSent) != 0)
            current.HasCursor = false;
    }

    public void OnError()
    {
        if (_preparing is { } failed)
        {
            Registry.Release(failed);
            _preparing = null;
        }
        if (_currentCode == Command.StmtExecute && _current is { } current)
            current.HasCursor = false;
    }

    /// <summary>The reply to the client's command is complete.</summary>
    public void OnReplied()
    {
        if (_current is not { } current)
            return;
        if (_currentCode != Command.StmtFetch)
            current.HasLongData = false;
        if (_currentCode == Command.StmtReset)
            current.HasCursor = false;
        _current = null;
        CountKeepers();
    }

    /// <summary>
    /// A statement that this client has prepared elsewhere is prepared here, or could not be.
    /// </summary>
    public void OnPrepared(ServerSession server, PrepareExchange exchange)
    {
        if (!ReferenceEquals(_pending, exchange))
            return;
        _pending = null;
        if (exchange.Error is not { } error || !ReferenceEquals(client.Server, server))
        {
            Room.Forget();
            client.Resume();
        }
        // The command that waits for it has it prepared once more.
        else if (error.Code == ErrPacket.TooManyStatements && Room.TryMakeFor(exchange.Statement, server))
        {
            client.Flush();
            client.Resume();
        }
        else
        {
            client.Fail(error);
        }
    }

    /// <summary>The server has no room for what the client prepares; the same goes out again if some could be
    /// made.</summary>
    public bool PreparesAgain(ServerSession server)
    {
        if (_preparing is not { } statement || !Room.TryMakeFor(statement, server))
            return false;
        PacketWriter.Command(ToServer, Command.StmtPrepare, statement.Text);
        client.Flush();
        return true;
    }

    public void OnServerLost()
    {
        _pending = null;
        OnError();
        _current = null;
        foreach (var statement in _statements.All)
            statement.OnServerLost();
        KeepsServer = false;
    }

    /// <summary>The session goes to another target with all that it has prepared.</summary>
    public void MoveTo(StatementRegistry next)
    {
        Invariant.Holds(client.Server is null && _preparing is null && _pending is null);
        foreach (var statement in _statements.All)
        {
            var here = next.HoldSame(statement.Statement);
            Registry.Release(statement.Statement);
            statement.Statement = here;
        }
        Registry = next;
    }

    /// <summary>A reset has closed them all, or the client is gone.</summary>
    public void Clear()
    {
        OnError();
        foreach (var statement in _statements.All)
            Registry.Release(statement.Statement);
        _statements.Clear();
        _current = null;
        _pending = null;
        KeepsServer = false;
    }

    private int OnPrepare(ReadOnlySpan<byte> window, PacketHeader header)
    {
        if (client.TakeFailure())
            return header.TotalBytes;
        var text = window[NumberOffset..header.TotalBytes];
        if (_statements.Refuse(text.Length) is { } refusal)
        {
            client.Answer(refusal);
            return header.TotalBytes;
        }
        if (!client.Pins.IsPinned && !client.IsInTransaction && !client.Pins.HasRdsRules
            && TryAnswerPrepare(text))
            return header.TotalBytes;
        if (client.Acquire() is not { } server)
            return client.TakeFailure() ? header.TotalBytes : 0;
        if (client.Pins.HasRdsRules)
            client.Pins.AddByRds(text, server);
        var statement = Hold(text);
        // Somebody may have changed its tables meanwhile: the client is told what they are now.
        if (server.Prepared.Find(statement) is { } entry)
            Room.Close(server, entry);
        Room.Make(server);
        _preparing = statement;
        client.State.NotePrepared(statement.Traits);
        client.Expect(ReplyKind.Prepare, statement);
        return client.Upload.Begin(window, header.TotalBytes, continues: false);
    }

    /// <summary>
    /// From what a server has said of the same text lately; no server connection is needed.
    /// </summary>
    private bool TryAnswerPrepare(ReadOnlySpan<byte> text)
    {
        var statement = Hold(text);
        // Whoever prepares what sets variables has them then.
        if (statement.Traits.Has(Variables) || statement.Shape is not { Warnings: 0 } shape
            || !shape.IsFresh(client.Session.Loop.Now, Facts.SchemaGeneration))
        {
            Registry.Release(statement);
            return false;
        }
        PreparedAnswer.Write(
            ToClient, shape, _statements.Add(statement), client.HasDeprecateEof, client.Status);
        client.Last.TakePrepared(statement.Traits.Fate, 0);
        return true;
    }

    /// <summary>By content, and once more for each time that this client has it already.</summary>
    private PreparedStatement Hold(ReadOnlySpan<byte> text)
    {
        for (var copy = 0; ; copy++)
        {
            var statement = Registry.Hold(text, client.State.Desired.Shaping, client.State.Mode, copy);
            if (statement.Holders == 1 || !_statements.Has(statement))
                return statement;
            Registry.Release(statement);
        }
    }

    private TargetFacts Facts => TargetFacts.Of(client.Pool.Target);

    private int OnExecute(
        ReadOnlySpan<byte> window, PacketHeader header, ClientStatement? statement, uint number)
    {
        if (statement is null)
            return Unknown(window, header, number, "mysqld_stmt_execute");
        var payload = window[PacketHeader.Bytes..Math.Min(window.Length, header.TotalBytes)];
        var binding = ParameterBinding.Read(
            payload, statement.Statement.ParameterCount, client.Agreement.HasQueryAttributes);
        if (binding.IsIncomplete)
            return ParameterBinding.AwaitMore(window, header);
        var opensCursor = ParameterBinding.OpensCursor(payload);
        var use = opensCursor ? PreparedUse.Cursor : PreparedUse.Execution;
        if (Prepare(statement, out var entry, use) is { } stop)
            return stop < 0 ? client.Upload.Discard(window, header) : stop;
        entry!.HadCursor |= opensCursor;
        if (binding.Types.Length > 0)
        {
            if (!binding.Types.SequenceEqual(statement.Types))
                statement.Types = binding.Types.ToArray();
            entry.Types = statement.Types;
        }
        else if (binding.HasParameters && !entry.HasTypes(statement.Types))
        {
            return ExecuteWithTypes(window, header, statement, entry, binding.FlagOffset);
        }
        Begin(statement, Command.StmtExecute);
        return Send(window, header, entry);
    }

    /// <summary>The client has given the types before, but not here.</summary>
    private int ExecuteWithTypes(ReadOnlySpan<byte> window, PacketHeader header, ClientStatement statement,
        PreparedOnServer.Entry entry, int flagOffset)
    {
        var length = header.PayloadBytes + (statement.Types?.Length ?? 0);
        if (statement.Types is null || length >= PacketHeader.PayloadBytesMax)
        {
            client.Answer(new ErrPacket(1210, "HY000", "Incorrect arguments to mysqld_stmt_execute"));
            return client.Upload.Discard(window, header);
        }
        entry.Types = statement.Types;
        Begin(statement, Command.StmtExecute);
        var payload = window[PacketHeader.Bytes..];
        PacketWriter.Header(ToServer, length, 0);
        ToServer.WriteByte(Command.StmtExecute);
        PacketWriter.Int32(ToServer, entry.ServerId);
        ToServer.Write(payload[5..flagOffset]);
        ToServer.WriteByte(1);
        ToServer.Write(statement.Types);
        var sent = PacketHeader.Bytes + flagOffset + 1;
        return sent + client.Upload.Begin(window[sent..], header.TotalBytes - sent, header.Continues);
    }

    /// <summary>
    /// MariaDB: int&lt;4&gt; number, int&lt;2&gt; flags, types where the flags say so, rows of values.
    /// </summary>
    private int OnBulkExecute(
        ReadOnlySpan<byte> window, PacketHeader header, ClientStatement? statement, uint number)
    {
        const int flagsOffset = NumberOffset + 4, sendsTypes = 128;
        if (statement is null)
            return Unknown(window, header, number, "mysqld_stmt_bulk_execute");
        var typesEnd = flagsOffset + 2 + 2 * statement.Statement.ParameterCount;
        if (window.Length < Math.Min(header.TotalBytes, typesEnd))
            return 0;
        if (Prepare(statement, out var entry, PreparedUse.Execution) is { } stop)
            return stop < 0 ? client.Upload.Discard(window, header) : stop;
        if ((window[flagsOffset] & sendsTypes) != 0 && header.TotalBytes >= typesEnd)
        {
            statement.Types = window[(flagsOffset + 2)..typesEnd].ToArray();
            entry!.Types = statement.Types;
        }
        else if (!entry!.HasTypes(statement.Types))
        {
            client.Answer(new ErrPacket(1210, "HY000", "Incorrect arguments to mysqld_stmt_bulk_execute"));
            return client.Upload.Discard(window, header);
        }
        Begin(statement, Command.StmtExecute);
        return Send(window, header, entry);
    }

    private int OnLongData(ReadOnlySpan<byte> window, PacketHeader header, ClientStatement? statement)
    {
        // No reply is ever sent: what is wrong shows when the statement is executed.
        if (statement is null || !statement.MayTakePart(client.HasFailure))
            return client.Upload.Discard(window, header);
        if (Prepare(statement, out var entry, PreparedUse.LongData) is { } stop)
            return stop < 0 ? client.Upload.Discard(window, header) : stop;
        statement.HasLongData = true;
        KeepsServer = true;
        return Send(window, header, entry!);
    }

    private int OnFetch(ReadOnlySpan<byte> window, PacketHeader header, ClientStatement? statement,
        uint number)
    {
        if (client.TakeFailure())
            return header.TotalBytes;
        if (statement is null)
            return Unknown(window, header, number, "mysqld_stmt_fetch");
        if (!statement.HasCursor || client.Server is not { } server
            || server.Prepared.Find(statement.Statement) is not { } entry)
        {
            client.Answer(Errors.NoCursor(number, Facts.IsMariaDb));
            return header.TotalBytes;
        }
        if (client.Acquire() is null)
            return 0;
        _current = statement;
        _currentCode = Command.StmtFetch;
        client.Expect(ReplyKind.Fetch);
        return Send(window, header, entry);
    }

    private int OnStatementReset(PacketHeader header, ClientStatement? statement, uint number)
    {
        if (client.TakeFailure())
            return header.TotalBytes;
        if (statement is null)
        {
            client.Answer(Errors.UnknownStatement(number, "mysqld_stmt_reset", Facts.IsMariaDb));
            return header.TotalBytes;
        }
        statement.HasLostData = false;
        if (!statement.KeepsServer || client.Server is not { } server
            || server.Prepared.Find(statement.Statement) is not { } entry)
        {
            client.AnswerOk();
            return header.TotalBytes;
        }
        if (client.Acquire() is null)
            return 0;
        _current = statement;
        _currentCode = Command.StmtReset;
        client.Expect(ReplyKind.Command);
        WriteNumbered(Command.StmtReset, entry.ServerId);
        return header.TotalBytes;
    }

    private int OnClose(PacketHeader header, ClientStatement? statement)
    {
        if (statement is null)
            return header.TotalBytes;
        _statements.Remove(statement);
        if (statement.KeepsServer && client.Server is { } server
            && server.Prepared.Find(statement.Statement) is { } entry)
            Room.Close(server, entry);
        // Otherwise it stays on the server for whoever uses the same text next.
        Registry.Release(statement.Statement);
        CountKeepers();
        client.Flush();
        client.OnQuiet();
        return header.TotalBytes;
    }

    /// <summary>Finds the statement on the server connection, or has it prepared there.</summary>
    /// <returns>Null: go on. 0: wait. Below 0: the client has its answer.</returns>
    private int? Prepare(ClientStatement statement, out PreparedOnServer.Entry? entry, PreparedUse use)
    {
        entry = null;
        // To a part of a parameter nothing is ever answered.
        var answers = use != PreparedUse.LongData;
        if (answers && statement.IsRefused(client))
            return -1;
        var traits = statement.Statement.Traits;
        if (answers && traits.Has(StatementEffects.Kill))
        {
            client.Answer(new ErrPacket(1295, "HY000",
                "KILL can't be prepared here: send it alone, as a text, with an id that CONNECTION_ID() of "
                    + "Sento's greeting told."));
            return -1;
        }
        if (client.Acquire() is not { } server)
            return answers && client.TakeFailure() ? -1 : 0;
        if (answers && traits.Has(LookBack.Answered) && client.AwaitsOwn())
            return 0;
        if (answers && LookBack.TryAnswer(client, traits, default))
            return -1;
        entry = server.Prepared.Find(statement.Statement);
        if (entry is not null && PreparedLeftovers.Allow(entry, statement, use, Facts.IsMariaDb))
            return null;
        var hasOtherShape = !ReferenceEquals(statement.Statement.Shaping, client.State.Desired.Shaping);
        if (hasOtherShape && client.State.HasUnknown && (client.AwaitsOwn() || client.AwaitsKnown(server)))
            return 0;
        if (entry is not null)
            Room.Close(server, entry);
        Room.Make(server);
        if (hasOtherShape)
            client.BringTo(client.State.Desired.WithShaping(statement.Statement.Shaping));
        _pending = new PrepareExchange(this, statement.Statement);
        server.Start(_pending, ToServer);
        return client.Await();
    }

    private void Begin(ClientStatement statement, byte code)
    {
        _current = statement;
        _currentCode = code;
        statement.HasCursor = false;
        client.Note(statement.Statement.Traits, statement.Statement.Text);
        client.Expect(ReplyKind.Command);
    }

    /// <summary>The same packet with the server's number in it.</summary>
    private int Send(ReadOnlySpan<byte> window, PacketHeader header, PreparedOnServer.Entry entry)
    {
        PacketWriter.Header(ToServer, header.PayloadBytes, 0);
        ToServer.WriteByte(window[PacketHeader.Bytes]);
        PacketWriter.Int32(ToServer, entry.ServerId);
        const int sent = NumberOffset + sizeof(uint);
        return sent + client.Upload.Begin(window[sent..], header.TotalBytes - sent, header.Continues);
    }

    private void WriteNumbered(byte code, uint number)
    {
        PacketWriter.Header(ToServer, 5, 0);
        ToServer.WriteByte(code);
        PacketWriter.Int32(ToServer, number);
    }

    private void CountKeepers()
    {
        if (!KeepsServer && _current is null && _statements.Count == 0)
            return;
        KeepsServer = false;
        foreach (var statement in _statements.All)
            KeepsServer |= statement.KeepsServer;
    }

    private int Unknown(ReadOnlySpan<byte> window, PacketHeader header, uint number, string command)
    {
        client.Answer(Errors.UnknownStatement(number, command, Facts.IsMariaDb));
        return client.Upload.Discard(window, header);
    }
}
