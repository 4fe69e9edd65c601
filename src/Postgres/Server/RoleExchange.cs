using Sento.Postgres.Replay;

namespace Sento.Postgres.Server;

/// <summary>A sign of life, and with it whether the server takes writes.</summary>
internal sealed class RoleExchange : InternalExchange
{
    private bool? _isReader;

    public override ReadOnlySpan<byte> Sql => "SELECT pg_catalog.pg_is_in_recovery()"u8;

    public override void OnRow(ReadOnlySpan<byte> body) => _isReader = new RowReader(body).Next() == "t";

    public override void OnDone(PostgresServer server)
    {
        if (_isReader is { } isReader)
            server.Connection.Pool.Target.LearnRole(isReader);
        server.Connection.StopDeadline();
    }
}
