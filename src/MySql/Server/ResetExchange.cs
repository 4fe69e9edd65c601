using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>COM_RESET_CONNECTION, and what must be said again behind it. One round trip.</summary>
/// <remarks>
/// It ends transactions, locks, temporary tables, user variables and prepared statements; not roles. Where
/// code has run that no text shows, the server is asked for the role.
/// Afterwards MySQL has its global character sets and MariaDB those of the sign-in, so none is counted on.
/// </remarks>
internal sealed class ResetExchange(TargetFacts facts, Action<bool> done) : InternalExchange
{
    private ServerSession? _asked;

    public override void Write(ServerSession server, ByteBuffer output)
    {
        Write(this, server, output, facts);
        if (!server.HasRunCode)
            return;
        server.HasRunCode = false;
        if (server.Role is null)
            return;
        _asked = server;
        server.AddQuery(this, output, RoleQuestion.Sql);
    }

    /// <summary>The same as a part of another exchange.</summary>
    public static void Write(
        InternalExchange exchange, ServerSession server, ByteBuffer output, TargetFacts facts)
    {
        PacketWriter.Command(output, Command.ResetConnection);
        server.Add(exchange);
        server.AddQuery(exchange, output, TrackingQuery.For(facts));
        server.Prepared.Clear();
        server.HasTraces = false;
        server.Applied = AfterReset(server.Applied);
        server.OwesTracking = false;
        server.Key = 0;
        server.IsKeyInDoubt = false;
    }

    public override void OnOk(ServerSession server, in OkPacket ok)
    {
        var isAutocommit = (ok.Status & ServerStatus.Autocommit) != 0;
        server.Applied = server.Applied.With(StateNames.Autocommit, isAutocommit ? "1" : "0");
    }

    public override void OnRow(ReadOnlySpan<byte> payload)
    {
        _asked!.HasOtherRole = RoleQuestion.Read(payload) != _asked.Role;
        _asked.IsTainted |= _asked.HasOtherRole;
    }

    public override void OnDone(MySqlServer server) => done(HasFailed);

    /// <summary>Only the schema and the option of several statements are what they were.</summary>
    public static StateSet AfterReset(StateSet state)
    {
        foreach (var (name, _) in state.Items)
        {
            if (name is not (StateNames.Schema or StateNames.MultiStatements))
                state = state.Without(name);
        }
        return state;
    }
}
