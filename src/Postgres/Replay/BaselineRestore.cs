using Sento.Base;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Replay;

/// <summary>
/// After a RESET that led to the server's own defaults: brings back what the client asked for at its start.
/// </summary>
/// <remarks>
/// The client gets its ReadyForQuery when this is done, so it never sees the value in between. Inside a transaction it
/// is part of it, and is rolled back with the RESET.
/// </remarks>
internal sealed class BaselineRestore : InternalExchange
{
    private readonly ByteBuffer _sql = new(256);
    private readonly ClientRelay _client;

    public BaselineRestore(ClientRelay client, IEnumerable<KeyValuePair<string, string>> settings)
    {
        _client = client;
        var separator = "SELECT "u8;
        foreach (var (name, value) in settings)
        {
            _sql.Write(separator);
            SettingsSet.AppendSetConfig(_sql, name, value);
            separator = ","u8;
        }
    }

    public override ReadOnlySpan<byte> Sql => _sql.Written;

    public override void OnDone(PostgresServer server) => _client.Lease.OnBaselineRestored(server, HasFailed);
}
