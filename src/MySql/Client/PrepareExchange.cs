using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Prepares a statement on a server connection that has not seen it yet, for a client that has.
/// </summary>
internal sealed class PrepareExchange(StatementRelay statements, PreparedStatement statement)
    : InternalExchange
{
    public PreparedStatement Statement => statement;

    public override bool IsForCommand => true;

    public override void Write(ServerSession server, ByteBuffer output)
    {
        PacketWriter.Command(output, Command.StmtPrepare, statement.Text);
        server.Add(this, ReplyKind.Prepare, statement);
    }

    public override void OnDone(MySqlServer server) => statements.OnPrepared(server.Session, this);
}
