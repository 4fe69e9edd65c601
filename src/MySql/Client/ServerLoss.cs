using Sento.Base;
using Sento.DataPlane.Session;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// A client's server connection is gone: what the client is told, and whether a command that waits goes to
/// another one. Loop thread only; owned by its <see cref="ClientRelay"/>.
/// </summary>
internal sealed class ServerLoss(ClientRelay client, ServerLease lease)
{
    /// <summary>
    /// Connections that may go in a row while one command waits for what we do there. It may be what ends
    /// them: then it is refused.
    /// </summary>
    private const int LossesMax = 5;

    private int _lossesInRow;

    /// <summary>A command has been answered: the next may lose as many again.</summary>
    public void OnAnswered() => _lossesInRow = 0;

    /// <summary>The server is gone with this client's transaction.</summary>
    public void Take(string why, bool isMidReply)
    {
        var hadTransaction = client.IsInTransaction;
        var isPoorer = client.Pins.IsPinned || client.State.HasUnsettled;
        lease.Forget();
        client.Pins.Clear();
        if (client.Session.IsEnded)
            return;
        var wasOwed = client.IsReplyOwed;
        if ((wasOwed && isMidReply) || client.Upload.IsOpen)
        {
            // Part of a reply has gone out: any word of ours would be taken for its rest.
            client.Session.End(new Goodbye(EndReason.ServerClosed, ""));
            return;
        }
        if (isPoorer)
        {
            // It would go on without its locks, its temporary tables or its variables, and not know it.
            client.Session.End(new Goodbye(EndReason.SessionStateLost,
                "The database connection that held the session's state was lost: " + why,
                "The session was pinned, or had changed its state a moment ago. Connect again."));
            return;
        }
        client.EndReply();
        client.State.Forget();
        client.Names.Forget();
        client.Next.Clear();
        client.Statements.OnServerLost();
        if (wasOwed)
            OnAnswered();
        var error = wasOwed ? Errors.Lost(why, isInDoubt: true)
            : hadTransaction ? Errors.Lost(why, isInDoubt: false)
            : RefuseToGoOn(why);
        if (wasOwed)
            error!.Write(client.Session.Loop.ToClient, client.NextSequence());
        client.Status &= ~ServerStatus.InTransaction;
        client.Flush();
        client.Session.OnTransaction(false);
        if (!wasOwed && error is not null)
            client.Fail(error);
        else
            client.Resume();
    }

    /// <returns>Null: what waits, if anything, is taken to another connection.</returns>
    private ErrPacket? RefuseToGoOn(string why)
    {
        if (!client.IsAwaited || ++_lossesInRow < LossesMax)
            return null;
        _lossesInRow = 0;
        return Errors.NeverRan(why, LossesMax);
    }
}
