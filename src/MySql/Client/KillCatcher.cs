using Sento.Base;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// A statement that does nothing, for a KILL to hit that may still come: the server has been told, and what
/// was meant had ended.
/// </summary>
internal sealed class KillCatcher(ClientRelay client, Settlement settlement) : InternalExchange
{
    public override void Write(ServerSession server, ByteBuffer output) =>
        server.AddQuery(this, output, "DO 0"u8);

    /// <summary>It may bring the reports of a statement that failed.</summary>
    public override void OnOk(ServerSession server, in OkPacket ok) => settlement.OnProbeOk(server, ok);

    public override void OnDone(MySqlServer server)
    {
        if (ReferenceEquals(client.Server, server.Session))
            client.OnQuiet();
    }
}
