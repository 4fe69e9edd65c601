using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// What one server connection may keep prepared: a server's max_prepared_stmt_count counts the statements of
/// everybody. Belongs to one client's <see cref="StatementRelay"/>.
/// </summary>
/// <param name="statements">The client's.</param>
internal sealed class StatementRoom(ClientRelay client, ClientStatements statements)
{
    /// <summary>Statements closed where a server is full: others take what becomes free, too.</summary>
    private const int ClosedAtOnce = 4;

    /// <summary>Statements were closed so that the server can prepare this one: once is enough.</summary>
    private PreparedStatement? _madeFor;

    /// <summary>One more is to be prepared: the least recently used goes if there are too many.</summary>
    public void Make(ServerSession server)
    {
        var room = Math.Max(4, TargetFacts.Of(client.Pool.Target).PreparedStatementsMax * 4 / 5
            / Math.Max(1, client.Pool.Target.Budget.Max));
        if (server.Prepared.Surplus(Math.Min(room, Limits.StatementsPerServerMax)) is { } oldest
            && !IsInUse(oldest))
            Close(server, oldest);
    }

    /// <summary>
    /// The server has refused to prepare one more, since others have used it up: this connection gives up
    /// those that it has not used for longest.
    /// </summary>
    /// <returns>True: prepare it again. False: there are none, or the server is as full as before.</returns>
    public bool TryMakeFor(PreparedStatement statement, ServerSession server)
    {
        var isSecond = ReferenceEquals(_madeFor, statement);
        _madeFor = null;
        if (isSecond)
            return false;
        for (var closed = 0; closed < ClosedAtOnce && server.Prepared.Surplus(0) is { } oldest; closed++)
        {
            if (IsInUse(oldest))
                break;
            Close(server, oldest);
            _madeFor = statement;
        }
        return _madeFor is not null;
    }

    /// <summary>It was prepared.</summary>
    public void Forget() => _madeFor = null;

    public void Close(ServerSession server, PreparedOnServer.Entry entry)
    {
        var output = client.Session.Loop.ToServer;
        PacketWriter.Header(output, 5, 0);
        output.WriteByte(Command.StmtClose);
        PacketWriter.Int32(output, entry.ServerId);
        server.Prepared.Remove(entry);
    }

    private bool IsInUse(PreparedOnServer.Entry entry)
    {
        if (!client.Statements.KeepsServer)
            return false;
        foreach (var statement in statements.All)
        {
            if (statement.KeepsServer && ReferenceEquals(statement.Statement, entry.Statement))
                return true;
        }
        return false;
    }
}
