using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>One statement of ours of which only success or failure matters.</summary>
internal sealed class SimpleExchange(byte command, byte[] argument, Action<ErrPacket?> done)
    : InternalExchange
{
    public override void Write(ServerSession server, ByteBuffer output)
    {
        if (command == Command.Query)
        {
            server.AddQuery(this, output, argument);
            return;
        }
        PacketWriter.Command(output, command, argument);
        server.Add(this);
    }

    public override void OnDone(MySqlServer server) => done(Error);
}

/// <summary>InitQuery: what it sets is part of every client's beginning.</summary>
internal sealed class InitExchange(string sql, Action<ErrPacket?> done) : InternalExchange
{
    public override void Write(ServerSession server, ByteBuffer output)
    {
        server.AddQuery(this, output, Encoding.UTF8.GetBytes(sql));
    }

    public override void OnOk(ServerSession server, in OkPacket ok)
    {
        var changes = new TrackerReader(ok.Changes);
        while (changes.Next())
        {
            if (changes.Kind == TrackerKind.Schema)
                server.Applied = server.Applied.With(StateNames.Schema,
                    Encoding.Latin1.GetString(changes.Value));
            else if (changes.Kind == TrackerKind.Variable && StateNames.IsName(changes.Name))
                Take(server, Encoding.Latin1.GetString(changes.Name), changes.Value);
        }
    }

    public override void OnDone(MySqlServer server) => done(Error);

    private static void Take(ServerSession server, string name, ReadOnlySpan<byte> value)
    {
        if (!StateNames.IsTracking(name) && !StateNames.IsDerived(name) && !StateNames.IsUnreplayable(name)
            && SetStatement.CanCarry(value))
            server.Applied = server.Applied.With(name, Encoding.Latin1.GetString(value));
    }
}

/// <summary>
/// Asks a server for its limits and collations. Once a target, and again when its version changes.
/// </summary>
internal sealed class FactsExchange(Target target, Action done) : InternalExchange
{
    public override void Write(ServerSession server, ByteBuffer output)
    {
        server.AddQuery(this, output, "SELECT 'limits',@@max_connections,@@max_prepared_stmt_count,"u8
            + "@@global.sql_mode,@@global.character_set_client,@@global.collation_connection"u8);
        server.AddQuery(this, output, "SELECT ID,CHARACTER_SET_NAME,COLLATION_NAME "u8
            + "FROM information_schema.COLLATIONS WHERE ID IS NOT NULL"u8);
    }

    public override void OnRow(ReadOnlySpan<byte> payload)
    {
        var facts = TargetFacts.Of(target);
        var reader = new PacketReader(payload);
        var first = Next(ref reader);
        if (first != "limits")
        {
            var charset = Next(ref reader);
            var collation = Next(ref reader);
            if (int.TryParse(first, CultureInfo.InvariantCulture, out var id) && charset.Length > 0)
                facts.AddCollation(id, charset, collation);
            return;
        }
        if (int.TryParse(Next(ref reader), CultureInfo.InvariantCulture, out var connections))
            target.Budget.LearnServerMax(connections, 0);
        if (int.TryParse(Next(ref reader), CultureInfo.InvariantCulture, out var statements))
            facts.PreparedStatementsMax = statements;
        facts.SqlMode = Next(ref reader);
        facts.DefaultNames = (Next(ref reader), Next(ref reader));
    }

    public override void OnDone(MySqlServer server)
    {
        TargetFacts.Of(target).IsComplete = !HasFailed;
        done();
    }

    private static string Next(ref PacketReader reader) =>
        reader.TryReadValue(out var value) ? Encoding.Latin1.GetString(value) : "";
}
