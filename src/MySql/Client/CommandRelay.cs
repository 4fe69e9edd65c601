using Sento.Base;
using Sento.DataPlane.Session;
using Sento.MySql.Pinning;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// What each command of a client does: passed on, answered here, or refused. Loop thread only.
/// </summary>
internal sealed class CommandRelay(ClientRelay client)
{
    private readonly CodeWatch _code = new(client);

    private ByteBuffer ToClient => client.Session.Loop.ToClient;

    /// <returns>Bytes done with; 0: not now.</returns>
    public int Step(ReadOnlySpan<byte> window)
    {
        if (!PacketHeader.TryRead(window, out var header))
            return 0;
        if (header.Sequence != 0)
            throw new ProtocolViolation("Got packets out of order");
        if (header.PayloadBytes == 0)
            throw new ProtocolViolation("a command is empty");
        if (window.Length == PacketHeader.Bytes)
            return 0;
        var code = window[PacketHeader.Bytes];
        if (code is Command.StmtPrepare or Command.StmtExecute or Command.StmtBulkExecute && _code.Awaits())
            return 0;
        switch (code)
        {
            case Command.Query:
                return OnQuery(window, header);
            case Command.StmtExecute:
            case Command.StmtBulkExecute:
            case Command.StmtSendLongData:
                return client.Statements.Step(window, header, code);
            case Command.InitDb:
            case Command.CreateDb:
            case Command.DropDb:
            case Command.FieldList:
            case Command.Statistics:
            case Command.ProcessInfo:
            case Command.Debug:
            case Command.Refresh:
            case Command.Shutdown:
            case Command.BinlogDump:
            case Command.BinlogDumpGtid:
            case Command.RegisterSlave:
                return PassOn(window, header, code);
        }
        // The others are short, and are looked at whole.
        if (header.PayloadBytes > Limits.StatementBytesMax)
            throw TooLong(header);
        if (window.Length < header.TotalBytes)
            return 0;
        var argument = window[(PacketHeader.Bytes + 1)..header.TotalBytes];
        return OnWhole(code, argument, window, header);
    }

    private int OnWhole(byte code, ReadOnlySpan<byte> argument, ReadOnlySpan<byte> window,
        PacketHeader header)
    {
        switch (code)
        {
            case Command.Quit:
                client.Flush();
                client.Session.End(new Goodbye(EndReason.ClientTerminated, ""));
                return window.Length;
            case Command.Ping:
                if (client.Doubt.Awaits())
                    return 0;
                client.AnswerCommand();
                return header.TotalBytes;
            case Command.StmtPrepare:
            case Command.StmtClose:
            case Command.StmtReset:
            case Command.StmtFetch:
                return client.Statements.Step(window, header, code);
            case Command.ResetConnection:
                return OnReset(header);
            case Command.SetOption:
                return OnSetOption(argument, header);
            case Command.ProcessKill:
                return OnProcessKill(argument, header);
            case Command.ChangeUser:
                return client.Client.ChangeUser(argument, header);
            default:
                client.Answer(Errors.UnknownCommand);
                return header.TotalBytes;
        }
    }

    private int OnQuery(ReadOnlySpan<byte> window, PacketHeader header)
    {
        if (header.PayloadBytes > Limits.StatementBytesMax)
            return OnLongQuery(window, header);
        if (window.Length < header.TotalBytes)
            return 0;
        if (client.TakeFailure())
            return header.TotalBytes;
        var argument = window[(PacketHeader.Bytes + 1)..header.TotalBytes];
        var text = client.Agreement.HasQueryAttributes ? QueryAttributes.TextOf(argument) : argument;
        var traits = text.IsEmpty && !argument.IsEmpty
            ? StatementTraits.Opaque : client.Statements.Registry.Scan(text, client.State.Mode);
        // Whatever else its words may stand for: it is nothing but a KILL.
        if (traits.Has(StatementEffects.Kill) && KillStatement.TryRead(text, out var target, out var isQuery))
        {
            client.Client.Kill(target, isQuery);
            return header.TotalBytes;
        }
        if (traits.Has(StatementEffects.Kill))
        {
            client.Answer(new ErrPacket(1235, "42000",
                "KILL must be sent alone in its text, with a number."));
            return header.TotalBytes;
        }
        // A KILL needs no connection; whatever else there is, is read once more when the code is known.
        if (_code.Awaits())
            return 0;
        var isDueByRds = client.Pins.IsDueByRds(traits, text);
        if (traits.Effects == StatementEffects.OneShotTransaction && !isDueByRds && client.Next.TryKeep(text))
        {
            client.Note(StatementTraits.Quiet, default);
            client.Pins.NoteStatement(traits, text);
            client.Last.TakeOk();
            client.AnswerOk();
            return header.TotalBytes;
        }
        if (traits.Effects == StatementEffects.Names && client.Names.TryAnswer(text))
            return header.TotalBytes;
        if (client.Acquire() is not { } server)
            return client.TakeFailure() ? header.TotalBytes : 0;
        if (isDueByRds)
            client.Pins.AddByRds(text, server);
        if (traits.Has(LookBack.Answered) && client.AwaitsOwn())
            return 0;
        if (LookBack.TryAnswer(client, traits, text))
        {
            client.Flush();
            client.OnQuiet();
            return header.TotalBytes;
        }
        var isNamesAlone = traits.Effects == StatementEffects.Names && !client.State.HasUnsettled;
        client.Note(traits, text);
        if (isNamesAlone)
            client.Names.Watch(text);
        client.Expect(ReplyKind.Command, mayAskForFile: traits.Has(StatementEffects.LocalFile)
            && (client.Agreement.Capabilities & Capabilities.LocalFiles) != 0);
        return client.Upload.Begin(window, header.TotalBytes, header.Continues);
    }

    /// <summary>
    /// A text too long to be read: it runs, and the session is pinned for what it may have changed.
    /// </summary>
    private int OnLongQuery(ReadOnlySpan<byte> window, PacketHeader header)
    {
        if (client.TakeFailure())
            return client.Upload.Discard(window, header);
        if (client.Acquire() is not { } server)
            return 0;
        client.Note(StatementTraits.Opaque, default);
        client.Pins.Add(PinCause.LongStatement, server);
        if (client.Pins.HasRdsRules)
            client.Pins.AddByRds(default, server);
        client.Expect(ReplyKind.Command);
        return client.Upload.Begin(window, header.TotalBytes, header.Continues);
    }

    private int PassOn(ReadOnlySpan<byte> window, PacketHeader header, byte code)
    {
        if (header.Continues || header.PayloadBytes > Limits.StatementBytesMax)
            throw TooLong(header);
        if (window.Length < header.TotalBytes)
            return 0;
        if (client.TakeFailure())
            return header.TotalBytes;
        if (client.Acquire() is not { } server)
            return client.TakeFailure() ? header.TotalBytes : 0;
        if (code is Command.BinlogDump or Command.BinlogDumpGtid or Command.RegisterSlave)
            client.Pins.Add(PinCause.Replication, server);
        client.Note(code switch
        {
            Command.CreateDb or Command.DropDb => SchemaChange,
            Command.InitDb => Use,
            _ => Other,
        }, default);
        client.Expect(code switch
        {
            Command.FieldList => ReplyKind.FieldList,
            Command.Statistics => ReplyKind.Statistics,
            Command.BinlogDump or Command.BinlogDumpGtid => ReplyKind.Binlog,
            _ => ReplyKind.Command,
        });
        return client.Upload.Begin(window, header.TotalBytes, false);
    }

    private static readonly StatementTraits Use = StatementTraits.OfCommand(StatementEffects.Schema);

    private static readonly StatementTraits Other = StatementTraits.OfCommand(StatementEffects.None);

    private static readonly StatementTraits SchemaChange = StatementScanner.Scan("DROP TABLE t"u8,
        ScanMode.None);

    /// <summary>Without a server connection there is nothing to reset but what we remember.</summary>
    private int OnReset(PacketHeader header)
    {
        if (client.Session.IsWaiting)
            return 0;
        if (client.Server is { } server)
        {
            // A KILL under way would hit the reset.
            if (server.Connection.CancelsInFlight > 0)
                return client.Await();
            ClientReset.Begin(client, server);
            return header.TotalBytes;
        }
        client.OnReset();
        client.Status = PoolFacts.Of(client.Pool).FreshStatus & ServerStatus.Lasting;
        client.AnswerOk();
        return header.TotalBytes;
    }

    private int OnSetOption(ReadOnlySpan<byte> argument, PacketHeader header)
    {
        if (argument.Length != 2)
            throw new ProtocolViolation("malformed packet: an option has two bytes");
        var option = argument[0] | argument[1] << 8;
        if (option > 1)
        {
            client.Answer(Errors.UnknownCommand);
            return header.TotalBytes;
        }
        if (client.Doubt.Awaits())
            return 0;
        // Nothing runs before the next command: it brings the option along.
        client.State.WishMultiStatements(isOn: option == 0);
        var warnings = client.Last.WarningsOfCommand;
        if (client.HasDeprecateEof)
            new OkPacket { Header = Reply.Eof, Status = client.Status, Warnings = warnings }
                .Write(ToClient, 1, client.ChangesFor(default));
        else
            OkPacket.WriteEof(ToClient, 1, client.Status, warnings);
        client.Last.TakeCommand(-1);
        return header.TotalBytes;
    }

    private int OnProcessKill(ReadOnlySpan<byte> argument, PacketHeader header)
    {
        var reader = new PacketReader(argument);
        client.Client.Kill(reader.ReadInt32(), isQueryOnly: false);
        return header.TotalBytes;
    }

    private static ProtocolViolation TooLong(PacketHeader header) =>
        new($"a command of {header.PayloadBytes} bytes is too long for its kind");
}
