using Sento.Base;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// Brings a client's prepared statements onto the server that it holds, ahead of the message that needs them.
/// </summary>
internal sealed class StatementSupply(ClientRelay client)
{
    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    /// <summary>Finds what a name means and makes sure that the server has it.</summary>
    /// <returns>False: the message waits.</returns>
    public bool Resolve(ServerSession server, ReadOnlySpan<byte> name, out PreparedStatement? statement)
    {
        if (name.IsEmpty)
        {
            statement = client.Names.Unnamed;
            if (server.Unnamed == statement)
                return true;
            if (statement is null)
            {
                // Somebody else's statement is unnamed there: it must not answer.
                ClientMessageWriter.Close(ToServer, (byte)'S', default);
                server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Close, Route = ReplyRoute.Swallow });
            }
            else
            {
                Parse(default, statement.Tail);
                server.Replies.Add(
                    new ExpectedReply { Kind = ReplyKind.Parse, Route = ReplyRoute.Swallow });
            }
            server.Unnamed = statement;
            return true;
        }
        statement = null;
        if (client.Names.IsInDoubt(name, server.Replies.Group))
            return false;
        statement = client.Names.Find(name);
        return statement is null || Ensure(server, statement);
    }

    /// <returns>False: whether the server has it depends on replies that are still owed.</returns>
    public bool Ensure(ServerSession server, PreparedStatement statement)
    {
        switch (server.Prepared.Find(statement, server.Replies.Group))
        {
            case PreparedPresence.Present:
                RelayMeter.CountPrepared(client.Session, isHit: true);
                return true;
            case PreparedPresence.Unsettled:
                return false;
            case PreparedPresence.Stale:
                Close(server, statement);
                break;
        }
        RelayMeter.CountPrepared(client.Session, isHit: false);
        Add(server, statement);
        if (statement.SqlTypes is not null)
        {
            PrepareBySql(server, statement);
            return true;
        }
        Parse(statement.ServerName, statement.Tail);
        server.Replies.Add(
            new ExpectedReply { Kind = ReplyKind.Parse, Route = ReplyRoute.Swallow, Statement = statement });
        return true;
    }

    /// <summary>
    /// A statement whose types are names: only SQL can prepare it, here inside whatever group is open.
    /// </summary>
    private void PrepareBySql(ServerSession server, PreparedStatement statement)
    {
        var name = "sento_prepare"u8;
        var sql = new ByteBuffer(statement.Tail.Length + 64);
        sql.Write("PREPARE "u8);
        sql.Write(statement.ServerName);
        if (statement.SqlTypes!.Length > 0)
        {
            sql.WriteByte((byte)'(');
            sql.Write(statement.SqlTypes);
            sql.WriteByte((byte)')');
        }
        sql.Write(" AS "u8);
        sql.Write(statement.Text);
        ClientMessageWriter.Parse(ToServer, name, sql.Written, []);
        ClientMessageWriter.Bind(ToServer, name, name);
        ClientMessageWriter.Execute(ToServer, name);
        ClientMessageWriter.Close(ToServer, (byte)'P', name);
        ClientMessageWriter.Close(ToServer, (byte)'S', name);
        server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Parse, Route = ReplyRoute.Swallow });
        server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Bind, Route = ReplyRoute.Swallow });
        server.Replies.Add(
            new ExpectedReply
            {
                Kind = ReplyKind.Execute, Route = ReplyRoute.Swallow, Statement = statement,
            });
        server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Close, Route = ReplyRoute.Swallow });
        server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Close, Route = ReplyRoute.Swallow });
    }

    public void Add(ServerSession server, PreparedStatement statement)
    {
        if (server.Prepared.Surplus(Limits.StatementsPerServerMax) is { } oldest)
            Close(server, oldest);
        server.Prepared.AddPending(statement, server.Replies.Group);
    }

    public void Close(ServerSession server, PreparedStatement statement)
    {
        ClientMessageWriter.Close(ToServer, (byte)'S', statement.ServerName);
        server.Replies.Add(
            new ExpectedReply { Kind = ReplyKind.Close, Route = ReplyRoute.Swallow, Statement = statement });
        server.Prepared.Remove(statement);
    }

    public void Parse(ReadOnlySpan<byte> name, ReadOnlySpan<byte> tail)
    {
        var mark = MessageWriter.Begin(ToServer, ClientCode.Parse);
        ToServer.Write(name);
        ToServer.WriteByte(0);
        ToServer.Write(tail);
        MessageWriter.End(ToServer, mark);
    }
}
