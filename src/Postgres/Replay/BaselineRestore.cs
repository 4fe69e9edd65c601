using Sento.Base;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Replay;

/// <summary>
/// After a RESET that led to the server's own defaults: brings back what the client asked for at its start.
/// </summary>
/// <remarks>
/// The client gets its ReadyForQuery when this is done, so it never sees the value in between. Inside a
/// transaction it
/// is part of it, and is rolled back with the RESET. What the session has set, and so was not reset, stays.
/// </remarks>
internal sealed class BaselineRestore(ClientRelay client) : InternalExchange
{
    private readonly byte[] _sql = SqlFor(client.State);

    public override ReadOnlySpan<byte> Sql => _sql;

    /// <summary>One statement, so that the extended protocol takes it too.</summary>
    public static byte[] SqlFor(ClientState state)
    {
        var sql = new ByteBuffer(256);
        foreach (var (name, value) in state.TakeOwedBaseline())
        {
            if (sql.Length > 0)
                sql.Write(" UNION ALL "u8);
            sql.Write("SELECT "u8);
            SettingsSet.AppendSetConfig(sql, name, value, state.Baseline.Encoding);
            WriteCondition(sql, name);
        }
        return sql.Written.ToArray();
    }

    public override void OnDone(PostgresServer server) => client.Lease.OnBaselineRestored(server, HasFailed);

    private static void WriteCondition(ByteBuffer sql, string name)
    {
        if (name is "role" or "session_authorization")
            return;
        if (name.Contains('.', StringComparison.Ordinal))
        {
            sql.Write(" WHERE coalesce(pg_catalog.current_setting("u8);
            SettingsSet.AppendLiteral(sql, name);
            sql.Write(",true),'') OPERATOR(pg_catalog.=) ''::pg_catalog.text"u8);
            return;
        }
        sql.Write(" FROM pg_catalog.pg_settings AS s WHERE pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) "u8);
        SettingsSet.AppendLiteral(sql, name.ToLowerInvariant());
        sql.Write("::pg_catalog.text AND s.source OPERATOR(pg_catalog.<>) 'session'::pg_catalog.text"u8);
    }
}
