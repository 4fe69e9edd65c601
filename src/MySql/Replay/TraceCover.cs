using Sento.Base;
using Sento.MySql.Client;
using Sento.MySql.Pinning;
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
/// <param name="rowCount">What ROW_COUNT() is to be: 0, or -1 for whatever else.</param>
internal sealed class TraceCover(ClientRelay client, long rowCount = -1) : InternalExchange
{
    /// <summary>It can leave these counts, as far as the statement behind it asks for them.</summary>
    public static bool Leaves(long rowCount, ulong foundRows, StatementTraits traits) => rowCount is 0 or -1
        && (!traits.Has(StatementEffects.ReadsFoundRows) || (long)foundRows == rowCount + 1);

    public override void Write(ServerSession server, ByteBuffer output)
    {
        server.AddQuery(this, output, rowCount == 0 ? "DO (SELECT 0 FROM (SELECT 0) t)"u8
            : "SELECT 0 FROM (SELECT 0) t LIMIT 0"u8);
        server.HasTraces = false;
    }

    public override void OnDone(MySqlServer server)
    {
        if (ReferenceEquals(client.Server, server.Session) && server.Session.IsQuiet)
            client.OnQuiet();
    }
}
