using Sento.Base;
using Sento.Model;
using Sento.Postgres.Pinning;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// Texts above <see cref="Limits.StatementBytesMax"/>: they pass as they arrive, unread, and pin their
/// session.
/// </summary>
internal sealed class LongStatements(ClientRelay client)
{
    /// <summary>As much of a text is looked at for its digest.</summary>
    private const int DigestBytesMax = 4096;

    /// <returns>Bytes of the window that are done with; 0: the message waits.</returns>
    /// <exception cref="ProtocolViolation">Its name is too long.</exception>
    public int OnParse(ReadOnlySpan<byte> window, MessageHeader header)
    {
        var body = window[MessageHeader.Bytes..Math.Min(window.Length, header.TotalBytes)];
        var nameBytes = body.IndexOf((byte)0);
        if (nameBytes < 0)
        {
            return body.Length > Limits.SignInBytesMax
                ? throw new ProtocolViolation("a name in a message is too long")
                : 0;
        }
        if (client.Acquire() is not { } server)
            return 0;
        if (nameBytes == 0)
        {
            client.Names.DropUnnamed();
            server.Unnamed.ParseLong();
            NoteLong(server, body[1..]);
            server.Replies.Add(ReplyKind.ParseUnnamed);
        }
        else
        {
            // It stands there as the client calls it: what it would take to prepare it elsewhere is not kept.
            if (!client.Real.TryPlace(server, body[..nameBytes]))
                return client.Statements.Wait();
            NoteLong(server, body[(nameBytes + 1)..]);
            server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Parse, Name = [] });
        }
        return client.Stream.Forward(window, header.TotalBytes);
    }

    /// <returns>Bytes of the window that are done with; 0: the message waits.</returns>
    public int OnQuery(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (client.Acquire() is not { } server)
            return 0;
        client.Names.DropUnnamed();
        server.Unnamed.End();
        NoteLong(server, window[MessageHeader.Bytes..Math.Min(window.Length, header.TotalBytes)]);
        server.Replies.Add(ReplyKind.Query);
        return client.Stream.Forward(window, header.TotalBytes);
    }

    /// <summary>
    /// A text too long to be read whole: it runs, and the session is pinned for what it may have changed.
    /// </summary>
    /// <param name="start">Its beginning, as far as it has come.</param>
    private void NoteLong(ServerSession server, ReadOnlySpan<byte> start)
    {
        client.Listening?.BeforeStatement(
            StatementRelay.Opaque.Effects, server, client.Session.Loop.ToServer);
        client.Listening?.Note(StatementRelay.Opaque, server);
        client.Pins.NoteStatement(start[..Math.Min(start.Length, DigestBytesMax)]);
        client.Pins.Add(PinCause.LongStatement, server);
        if (client.Session.Proxy.Config.PinningRules == PinningRules.Rds)
            client.Pins.Add(PinCause.RdsRules, server);
        server.Residue |= Residue.HiddenCode;
        client.State.Note(StatementRelay.Opaque);
    }
}
