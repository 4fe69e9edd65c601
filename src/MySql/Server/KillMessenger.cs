using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// Brings a KILL by an idle connection of the same user, which goes back to its pool behind it. Loop thread
/// only.
/// </summary>
/// <param name="done">The server's error, and whether the connection was lost instead.</param>
internal sealed class KillMessenger(string sql, Action<ErrPacket?, bool> done)
    : InternalExchange, IBorrower
{
    private ServerConnection? _server;

    /// <returns>Null: none is idle now.</returns>
    public static KillMessenger? TrySend(TargetPool pool, string sql, Action<ErrPacket?, bool> done)
    {
        if (pool.IdleCount == 0 || pool.WaitingCount > 0)
            return null;
        var messenger = new KillMessenger(sql, done);
        var ticket = new BorrowTicket(messenger);
        if (pool.Borrow(ticket, out _) is not { } server)
        {
            if (ticket.IsWaiting)
                pool.Withdraw(ticket);
            return null;
        }
        server.LastBorrowerId = 0;
        messenger._server = server;
        ((MySqlServer)server.Protocol).Session.StartNow(messenger);
        return messenger;
    }

    public override void Write(ServerSession server, ByteBuffer output) =>
        server.AddQuery(this, output, Encoding.ASCII.GetBytes(sql));

    public override void OnDone(MySqlServer server)
    {
        var connection = _server;
        _server = null;
        if (connection is null)
            return;
        connection.Release();
        done(Error, false);
    }

    public override void OnLost()
    {
        if (_server is null)
            return;
        _server = null;
        done(null, true);
    }

    /// <summary>Nobody waits any longer for its answer.</summary>
    public void GiveUp()
    {
        var connection = _server;
        _server = null;
        connection?.Break(EndReason.ServerClosed, "a KILL got no answer");
    }

    void IBorrower.OnBorrowed(ServerConnection server) => server.Release();

    void IBorrower.OnBorrowFailed(BorrowFailure failure)
    {
    }
}
