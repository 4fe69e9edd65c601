using Sento.Base;
using Sento.MySql.Client;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Replay;

/// <summary>Asks whether a transaction is still open, which an error does not tell.</summary>
internal sealed class StatusQuestion(ClientRelay client) : InternalExchange
{
    public override void Write(ServerSession server, ByteBuffer output)
    {
        PacketWriter.Command(output, Command.Ping);
        server.Add(this);
    }

    public override void OnOk(ServerSession server, in OkPacket ok) => client.Doubt.End(server, ok);

    public override void OnDone(MySqlServer server)
    {
        if (ReferenceEquals(client.Server, server.Session))
            client.OnQuiet();
    }
}
