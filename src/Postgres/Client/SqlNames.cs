using System.Text;
using Sento.Base;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// PREPARE, EXECUTE, DEALLOCATE and DISCARD ALL in simple Query: the same names as the protocol's own.
/// </summary>
/// <remarks>
/// Called only while no reply is owed, so every name is certain. What a text of several statements does
/// with names is
/// left to the server, and the session pinned to it.
/// </remarks>
internal sealed class SqlNames(ClientRelay client, StatementRegistry registry)
{
    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    private ByteBuffer ToClient => client.Session.Loop.ToClient;

    /// <returns>Bytes done with (0: the message waits); null: the text goes to the server as it is.</returns>
    public int? TryAnswer(ReadOnlySpan<byte> text, StatementTraits traits, MessageHeader header)
    {
        if (traits.StatementCount != 1 || traits.PreparedNames.Length > 1)
            return Several(traits);
        if (traits.Has(StatementEffects.DiscardAll))
            return client.Server is null ? DiscardAll(header) : null;
        if (traits.PreparedNames.IsEmpty)
            return null;
        var use = traits.PreparedNames[0];
        var name = Encoding.Latin1.GetBytes(use.Name);
        return use.Kind switch
        {
            PreparedNameUseKind.DeallocateAll => client.Server is null ? DeallocateAll(header) : null,
            PreparedNameUseKind.Deallocate => Deallocate(name, header),
            PreparedNameUseKind.Execute => Execute(text, traits, use, name, header),
            _ => Prepare(text, traits, use, name, header),
        };
    }

    private int? Several(StatementTraits traits)
    {
        if (!traits.Has(StatementEffects.Prepare | StatementEffects.Execute | StatementEffects.Deallocate))
            return null;
        if (client.Acquire() is not { } server)
            return 0;
        client.Pins.Add(PinCause.SqlPreparedStatement, server);
        return null;
    }

    private int DiscardAll(MessageHeader header)
    {
        client.Names.Clear(unnamedToo: true);
        client.State.ResetAll(null);
        client.Session.ForgetServer();
        client.Listening?.UnlistenAll();
        Complete("DISCARD ALL");
        client.TellReported(client.State.FirstTold);
        MessageWriter.ReadyForQuery(ToClient, (byte)'I');
        return header.TotalBytes;
    }

    private int DeallocateAll(MessageHeader header)
    {
        client.Names.Clear(unnamedToo: true);
        return Answer("DEALLOCATE ALL", header);
    }

    private int? Deallocate(byte[] name, MessageHeader header)
    {
        // Unknown, or in a failed transaction: the server says so itself.
        if (client.Names.Find(name) is null || Status == (byte)'E')
            return null;
        client.Names.Assign(name, null);
        client.Names.DropUnnamed();
        return Answer("DEALLOCATE", header);
    }

    private int? Execute(
        ReadOnlySpan<byte> text, StatementTraits traits, PreparedNameUse use, byte[] name, MessageHeader header)
    {
        if (client.Names.Find(name) is not { } statement)
            return null;
        if (client.Acquire() is not { } server)
            return 0;
        client.Listening?.BeforeStatement(traits.Effects | statement.Traits.Effects, server, ToServer);
        Prepared(server, statement);
        client.Statements.Note(statement.Traits, statement.Text, server);
        client.Statements.Note(traits, text, server);
        SendRewritten(text, use, statement, server, null);
        return header.TotalBytes;
    }

    private int? Prepare(
        ReadOnlySpan<byte> text, StatementTraits traits, PreparedNameUse use, byte[] name, MessageHeader header)
    {
        if (client.Acquire() is not { } server)
            return 0;
        if (client.Names.Find(name) is { } existing)
        {
            // The server must say that the name is taken: it says so of ours, and the error is rewritten.
            Prepared(server, existing);
            SendRewritten(text, use, existing, server, null);
            return header.TotalBytes;
        }
        var statement = registry.HoldSql(
            text.Slice(use.Types.Start, use.Types.Length), text.Slice(use.Body.Start, use.Body.Length), client.ConformingStrings);
        if (server.Prepared.Find(statement, server.Replies.Group) == PreparedPresence.Present && Status != (byte)'E')
        {
            client.Names.Assign(name, statement);
            client.Names.DropUnnamed();
            server.Replies.Add(new ExpectedReply { Kind = ReplyKind.ElidedQuery, Tag = "PREPARE" });
            client.Flush();
            server.EmitElidedNow();
            return header.TotalBytes;
        }
        var change = client.Names.Change(name, statement, server.Replies.Group);
        client.Statements.Supply.Add(server, statement);
        client.Statements.Note(traits, text, server);
        SendRewritten(text, use, statement, server, change);
        return header.TotalBytes;
    }

    private byte Status => client.Server?.TransactionStatus ?? (byte)'I';

    /// <summary>
    /// Has the server prepare it, in a group of its own: a Query behind a failed Parse would never be
    /// answered.
    /// </summary>
    private void Prepared(ServerSession server, PreparedStatement statement)
    {
        var group = server.Replies.Group;
        client.Statements.Supply.Ensure(server, statement);
        if (!server.Replies.IsGroupOpen)
            return;
        Invariant.Holds(server.Replies.Group == group);
        ClientMessageWriter.Sync(ToServer);
        server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Sync, Route = ReplyRoute.Swallow });
    }

    private void SendRewritten(
        ReadOnlySpan<byte> text, PreparedNameUse use, PreparedStatement statement, ServerSession server, NameChange? change)
    {
        client.Names.DropUnnamed();
        server.Unnamed = null;
        var mark = MessageWriter.Begin(ToServer, ClientCode.Query);
        ToServer.Write(text[..use.NameRange.Start]);
        ToServer.Write(statement.ServerName);
        ToServer.Write(text[(use.NameRange.Start + use.NameRange.Length)..]);
        ToServer.WriteByte(0);
        MessageWriter.End(ToServer, mark);
        server.Replies.Add(new ExpectedReply
        {
            Kind = ReplyKind.Query,
            Statement = statement,
            Change = change,
            PositionShift = statement.ServerName.Length - use.NameRange.Length,
        });
        client.Session.Proxy.Report.OnQuery(client.Session);
    }

    private int Answer(string tag, MessageHeader header)
    {
        if (client.Server is { } server)
        {
            server.Replies.Add(new ExpectedReply { Kind = ReplyKind.ElidedQuery, Tag = tag });
            client.Flush();
            server.EmitElidedNow();
            return header.TotalBytes;
        }
        Complete(tag);
        MessageWriter.ReadyForQuery(ToClient, (byte)'I');
        return header.TotalBytes;
    }

    private void Complete(string tag)
    {
        var mark = MessageWriter.Begin(ToClient, ServerCode.CommandComplete);
        ToClient.WriteText(tag);
        MessageWriter.End(ToClient, mark);
    }
}
