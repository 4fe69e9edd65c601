using Sento.Base;
using Sento.MySql.Client;
using Sento.MySql.Server;

namespace Sento.MySql.Replay;

/// <summary>
/// A statement that leaves nothing to look back at: what another client's statements have left is shown to
/// nobody after it, wherever that is asked.
/// </summary>
/// <remarks>
/// From a table, since MariaDB keeps warnings of the statement before where none is read; not a row, so that
/// FOUND_ROWS() is zero.
/// </remarks>
internal sealed class TraceCover(ClientRelay client) : InternalExchange
{
    public override void Write(ServerSession server, ByteBuffer output)
    {
        server.AddQuery(this, output, "SELECT 0 FROM (SELECT 0) t LIMIT 0"u8);
        server.HasTraces = false;
    }

    public override void OnDone(MySqlServer server)
    {
        if (ReferenceEquals(client.Server, server.Session) && server.Session.IsQuiet)
            client.OnQuiet();
    }
}
