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
/// Called only while no reply is owed, so every name is certain. A text of several statements is sent as it
/// is, with the names that it speaks of placed on the server before.
/// </remarks>
internal sealed class SqlNames(ClientRelay client, StatementRegistry registry)
{
    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    private ByteBuffer ToClient => client.Session.Loop.ToClient;

    /// <returns>Bytes done with (0: the message waits); null: the text goes to the server as it is.</returns>
    public int? TryAnswer(ReadOnlySpan<byte> text, StatementTraits traits, MessageHeader header)
    {
        if (Supply.TryTakeOutcome(out var error) && error is not null && !client.Real.TryPlaceHollow(traits))
            return Refuse(error, header);
        // A failed transaction refuses them all by itself.
        if (traits.StatementCount != 1 || traits.PreparedNames.Length != 1 || Status == (byte)'E')
        {
            var isDiscard = traits.StatementCount == 1 && traits.Has(StatementEffects.DiscardAll);
            return isDiscard && client.Server is null ? DiscardAll(header) : AsItIs(traits);
        }
        var use = traits.PreparedNames[0];
        if (use.Kind == PreparedNameUseKind.DeallocateAll)
            return client.Server is null ? DeallocateAll(header) : null;
        var name = Encoding.Latin1.GetBytes(use.Name);
        var statement = client.Names.Find(name, out _, out var since);
        // A longer name is cut, of which the server gives notice.
        if (use.NameRange.Length > NameText.NameBytesMax || client.HasReal(name)
            || (statement is not null && RealNames.AreUsedBy(statement.Traits)))
            return AsItIs(traits);
        return use.Kind switch
        {
            PreparedNameUseKind.Deallocate => Deallocate(text, use, name, statement, header),
            PreparedNameUseKind.Execute => Execute(text, traits, use, name, statement, since, header),
            _ => Prepare(text, traits, use, name, statement, header),
        };
    }

    /// <summary>The text is not rewritten: the names that it speaks of must be on the server.</summary>
    private int? AsItIs(StatementTraits traits)
    {
        if (!RealNames.AreUsedBy(traits))
            return null;
        if (client.Acquire() is not { } server)
            return 0;
        // A failed transaction takes no Parse; what its text may still do, ROLLBACK first, meets the
        // server's own names.
        if (Status != (byte)'E')
        {
            Supply.BeginAlone();
            client.Real.TryPlace(server, traits);
            if (Supply.EndAlone(server))
                return Wait();
        }
        else
        {
            client.Real.Adopt(traits);
        }
        if (traits.Has(StatementEffects.Execute))
            client.Lease.Sequences.GuardQuery(server, PreparedStatement.Unknown.Traits);
        client.Statements.NoteReal(traits, server);
        return null;
    }

    private int Refuse(ReadOnlySpan<byte> error, MessageHeader header)
    {
        var mark = MessageWriter.Begin(ToClient, ServerCode.ErrorResponse);
        ToClient.Write(error);
        MessageWriter.End(ToClient, mark);
        MessageWriter.ReadyForQuery(ToClient, Status);
        client.Flush();
        client.OnReady(client.Server!);
        client.OnQuiet();
        return header.TotalBytes;
    }

    private int Wait()
    {
        client.Stall();
        return 0;
    }

    private int DiscardAll(MessageHeader header)
    {
        client.Names.Clear(unnamedToo: true);
        Supply.ForgetAllTold();
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
        Supply.ForgetAllTold();
        return Answer("DEALLOCATE ALL", header);
    }

    private int? Deallocate(
        ReadOnlySpan<byte> text, PreparedNameUse use, byte[] name, PreparedStatement? statement,
        MessageHeader header)
    {
        if (statement is null)
            return client.Acquire() is { } server ? SendNowhere(text, use, name, server, header) : 0;
        client.Names.Remove(name);
        Supply.ForgetTold(name);
        client.Names.DropUnnamed();
        return Answer("DEALLOCATE", header);
    }

    private int? Execute(
        ReadOnlySpan<byte> text, StatementTraits traits, PreparedNameUse use, byte[] name,
        PreparedStatement? statement, long since, MessageHeader header)
    {
        if (client.Acquire() is not { } server)
            return 0;
        if (statement is null)
            return SendNowhere(text, use, name, server, header);
        client.Listening?.BeforeStatement(traits.Effects | statement.Traits.Effects, server, ToServer);
        if (MustSupply(server, statement, since))
            return Wait();
        client.Lease.Sequences.GuardQuery(server, statement.Traits);
        client.Statements.Note(statement.Traits, statement.Text, server);
        client.Statements.Note(traits, text, server);
        SendRewritten(
            text, use, statement.ServerName, server,
            new ExpectedReply { Statement = statement, Name = name });
        return header.TotalBytes;
    }

    private int? Prepare(
        ReadOnlySpan<byte> text, StatementTraits traits, PreparedNameUse use, byte[] name,
        PreparedStatement? existing, MessageHeader header)
    {
        if (client.Acquire() is not { } server)
            return 0;
        if (existing is not null)
        {
            // The server must say that the name is taken: it says so of ours, and the error is rewritten.
            if (MustSupply(server, existing, since: 0))
                return Wait();
            SendRewritten(
                text, use, existing.ServerName, server,
                new ExpectedReply { Statement = existing, Name = name });
            return header.TotalBytes;
        }
        var statement = registry.HoldSql(
            text.Slice(use.Types.Start, use.Types.Length), text.Slice(use.Body.Start, use.Body.Length),
            client.ConformingStrings);
        client.Names.ExpectRoomFor(statement);
        if (server.Prepared.Find(statement, server.Replies.Group, since: 0) != PreparedPresence.Absent)
            Supply.CloseAhead(server, statement);
        Supply.ForgetTold(name);
        var change = client.Names.Change(name, statement, server.Replies.Group);
        Supply.Add(server, statement);
        client.Statements.Note(traits, text, server);
        SendRewritten(
            text, use, statement.ServerName, server,
            new ExpectedReply { Statement = statement, Name = name, Change = change });
        return header.TotalBytes;
    }

    private byte Status => client.Server?.TransactionStatus ?? (byte)'I';

    private StatementSupply Supply => client.Statements.Supply;

    /// <returns>True: the server has to prepare it first.</returns>
    private bool MustSupply(ServerSession server, PreparedStatement statement, long since)
    {
        Supply.BeginAlone();
        Supply.Ensure(server, statement, since);
        return Supply.EndAlone(server);
    }

    /// <summary>The client has no such name; the server says so of a name that it has not either.</summary>
    private int SendNowhere(
        ReadOnlySpan<byte> text, PreparedNameUse use, byte[] name, ServerSession server, MessageHeader header)
    {
        SendRewritten(text, use, registry.NowhereName, server, new ExpectedReply { Name = name });
        return header.TotalBytes;
    }

    private void SendRewritten(
        ReadOnlySpan<byte> text, PreparedNameUse use, ReadOnlySpan<byte> serverName, ServerSession server,
        in ExpectedReply reply)
    {
        client.Names.DropUnnamed();
        server.Unnamed.End();
        var mark = MessageWriter.Begin(ToServer, ClientCode.Query);
        ToServer.Write(text[..use.NameRange.Start]);
        ToServer.Write(serverName);
        ToServer.Write(text[(use.NameRange.Start + use.NameRange.Length)..]);
        ToServer.WriteByte(0);
        MessageWriter.End(ToServer, mark);
        server.Replies.Add(
            reply with { Kind = ReplyKind.Query, PositionShift = serverName.Length - use.NameRange.Length });
        client.Session.Proxy.Report.OnQuery(client.Session);
    }

    private int Answer(string tag, MessageHeader header)
    {
        if (client.Server is { } server)
        {
            AnswerElided(tag, server);
            return header.TotalBytes;
        }
        Complete(tag);
        MessageWriter.ReadyForQuery(ToClient, (byte)'I');
        return header.TotalBytes;
    }

    private void AnswerElided(string tag, ServerSession server)
    {
        var answer = new ByteBuffer(32);
        MessageWriter.CommandComplete(answer, tag);
        server.Replies.Add(
            new ExpectedReply { Kind = ReplyKind.ElidedQuery, Answer = answer.Written.ToArray() });
        client.Flush();
        server.EmitElidedNow();
        // Behind settings on their way it is answered when those are there.
        if (!server.Replies.IsQuiet)
            return;
        // No reply of the server will come to end the lease.
        client.OnReady(server);
        client.OnQuiet();
    }

    private void Complete(string tag)
    {
        var mark = MessageWriter.Begin(ToClient, ServerCode.CommandComplete);
        ToClient.WriteText(tag);
        MessageWriter.End(ToClient, mark);
    }
}
