using System.Text;
using Sento.Base;
using Sento.MySql.Client;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Replay;

/// <summary>Brings a server connection to the state that this client's next statement expects.</summary>
/// <remarks>
/// A few commands, sent together: one SET for all variables that differ, the schema, the option of
/// several statements. Nothing where the states are the same object. Where another client had user variables
/// that this one has not, a reset comes first: nothing else makes the server forget them.
/// </remarks>
internal sealed class HandOver(ClientRelay client, StateSet wanted, ulong key) : InternalExchange
{
    public StateSet Wanted => wanted;

    /// <summary>Something must be sent to get there.</summary>
    public static bool IsNeeded(ServerSession server, StateSet wanted, ulong key) =>
        !ReferenceEquals(server.Applied, wanted) || server.OwesTracking || server.Key != key;

    /// <summary>
    /// It can't fail where it succeeded before, so a statement may be sent right behind it.
    /// </summary>
    public static bool MayPipeline(ServerSession server, StateSet wanted) =>
        server.Applied.Schema == wanted.Schema && PoolFacts.Of(server.Connection.Pool).IsProven(wanted);

    public override void Write(ServerSession server, ByteBuffer output)
    {
        if (server.Applied.HasVariablesBeyond(wanted))
        {
            Invariant.Holds(!server.IsInTransaction);
            ResetExchange.Write(this, server, output, TargetFacts.Of(server.Connection.Pool.Target));
        }
        WriteSet(server, output);
        if (wanted.Schema is { } schema && schema != server.Applied.Schema)
        {
            PacketWriter.Command(output, Command.InitDb, Encoding.Latin1.GetBytes(schema));
            server.Add(this);
        }
        if (wanted.TryGet(StateNames.MultiStatements, out var multi)
            && !(server.Applied.TryGet(StateNames.MultiStatements, out var now) && now == multi))
        {
            PacketWriter.Command(output, Command.SetOption, multi == "1" ? [0, 0] : [1, 0]);
            server.Add(this);
        }
        if (Owed == 0)
        {
            // The sets differ in nothing that is sent, and yet somebody waits for the answer.
            PacketWriter.Command(output, Command.Ping);
            server.Add(this);
        }
        // What stands on the server while this runs is neither; if it fails, the connection is broken anyway.
        // No command leads back to no schema; a statement whose names need none does not mind one.
        server.Applied = wanted.Schema is null && server.Applied.Schema is { } left
            ? wanted.With(StateNames.Schema, left) : wanted;
        server.OwesTracking = false;
    }

    public override void OnDone(MySqlServer server)
    {
        if (!HasFailed)
            PoolFacts.Of(server.Connection.Pool).Prove(wanted);
        else if (!ReferenceEquals(server.Session.Client, client))
            // Its client has left meanwhile, and nobody can say what stands there.
            server.Connection.Break(EndReason.ServerNotClean, "the state of a session could not be applied");
        client.OnHandedOver(server.Session, this);
    }

    private void WriteSet(ServerSession server, ByteBuffer output)
    {
        var mark = PacketWriter.BeginQuery(output, (server.Capabilities & Capabilities.QueryAttributes) != 0);
        output.Write("SET "u8);
        var start = output.Length;
        var any = SetStatement.Append(output, server.Applied, wanted);
        if (server.OwesTracking)
        {
            if (any)
                output.WriteByte((byte)',');
            output.Write(TrackingQuery.AssignmentsFor(TargetFacts.Of(server.Connection.Pool.Target)));
        }
        // Another's key must not answer this client's LAST_INSERT_ID(), wherever that stands.
        if (server.Key != key)
        {
            if (output.Length > start)
                output.WriteByte((byte)',');
            output.Write("@@session.last_insert_id="u8);
            output.Write(Encoding.ASCII.GetBytes(key.ToString(
                System.Globalization.CultureInfo.InvariantCulture)));
            (server.Key, server.IsKeyInDoubt) = (key, false);
        }
        if (output.Length == start)
        {
            output.Truncate(mark);
            return;
        }
        PacketWriter.End(output, mark, 0);
        server.Add(this);
    }
}
