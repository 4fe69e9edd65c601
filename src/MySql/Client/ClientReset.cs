using Sento.Base;
using Sento.DataPlane.Session;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>COM_RESET_CONNECTION while a server connection is held: it is reset as well.</summary>
internal static class ClientReset
{
    public static void Begin(ClientRelay client, ServerSession server)
    {
        client.Flush();
        client.BeginReply();
        server.StartNow(new ResetExchange(TargetFacts.Of(client.Pool.Target), failed =>
        {
            if (ReferenceEquals(client.Server, server))
                End(client, server, failed);
        }));
    }

    private static void End(ClientRelay client, ServerSession server, bool hasFailed)
    {
        client.EndReply();
        if (hasFailed)
        {
            client.Session.End(new Goodbye(EndReason.ServerNotClean,
                "The database connection could not be reset."));
            return;
        }
        client.OnReset();
        // A reset leaves the role as it is.
        if (server.HasOtherRole)
            client.Pins.Add(PinCause.Role, server);
        client.Status = server.Status & ServerStatus.Lasting;
        client.AnswerOk();
        client.Flush();
        client.Session.OnTransaction(false);
        client.OnQuiet();
    }
}
