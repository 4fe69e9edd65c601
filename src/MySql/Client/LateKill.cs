using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Ends what a client runs or waits for, and sees to it that a KILL which comes late hits nobody else's
/// statement.
/// </summary>
internal sealed class LateKill(ClientRelay client)
{
    private bool _isPossible;

    /// <summary>Another server connection, or none.</summary>
    public void Forget() => _isPossible = false;

    /// <summary>Another session, or this client by another connection, asks for it.</summary>
    /// <param name="done">Told when the server has been told.</param>
    public void Cancel(Action done)
    {
        if (client.Session.IsWaiting)
        {
            client.Session.StopWaiting();
            client.Fail(Errors.Interrupted);
            done();
            return;
        }
        if (client.Server is not { } server || !client.IsReplyOwed)
        {
            done();
            return;
        }
        client.Pool.Target.Protocol.SendCancel(server.Connection, () =>
        {
            done();
            _isPossible = ReferenceEquals(client.Server, server);
            if (_isPossible && !client.IsReplyOwed)
                client.OnQuiet();
        });
    }

    /// <returns>True: the lease goes on until a statement of ours has taken what may still come.</returns>
    public bool Absorb(ServerSession server)
    {
        if (server.Connection.CancelsInFlight > 0)
            return true;
        if (!_isPossible)
            return false;
        _isPossible = false;
        server.StartNow(new SimpleExchange(Command.Query, "DO 0"u8.ToArray(), _ => client.OnQuiet()));
        return true;
    }
}
