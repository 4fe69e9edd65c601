using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// An error may have ended a transaction, and does not tell: before an answer of our own the server is asked.
/// Loop thread only.
/// </summary>
internal sealed class TransactionDoubt(ClientRelay client)
{
    /// <summary>The last reply was an error.</summary>
    public bool IsThere { get; set; }

    /// <returns>True: the command waits until the server has said whether the transaction is open.</returns>
    public bool Awaits()
    {
        if (!IsThere || client.Server is not { IsInTransaction: true } server)
        {
            // A KILL that came while the server was asked has nothing to end.
            client.TakeBack(Errors.Interrupted);
            return false;
        }
        if (server.IsQuiet)
            server.Start(new StatusQuestion(client), client.Session.Loop.ToServer);
        client.Await();
        return true;
    }

    /// <summary>The server has said.</summary>
    public void End(ServerSession server, in OkPacket ok)
    {
        IsThere = false;
        if (!ReferenceEquals(client.Server, server))
            return;
        client.Status = ok.Status & ServerStatus.Lasting;
        client.Session.OnTransaction(server.IsInTransaction);
        client.State.Take(server, ok);
        client.Agreement.Defer(ok.Changes, isInReply: false);
    }
}
