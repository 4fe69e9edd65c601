using Sento.Base;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Replay;

/// <summary>
/// Makes a server connection that others have used what this client expects: scrub, then its settings.
/// </summary>
/// <remarks>
/// One simple Query, sent ahead of the client's first message, so it costs no round trip. Everything is
/// schema-qualified: the search_path is still somebody else's when it runs.
/// </remarks>
internal sealed class HandOver : InternalExchange
{
    private readonly ByteBuffer _sql = new(256);
    private readonly ClientRelay _client;

    public HandOver(
        ServerSession server, ClientRelay client, SettingsSet wanted, bool isOther, bool discardSequences)
    {
        _client = client;
        var residue = isOther ? server.Residue : Residue.None;
        if ((residue & (Residue.Identity | Residue.HiddenCode)) != 0 || HasIdentity(server.Applied))
            _sql.Write("SET SESSION AUTHORIZATION DEFAULT;RESET ROLE;"u8);
        if ((residue & (Residue.Objects | Residue.HiddenCode)) != 0)
        {
            _sql.Write("CLOSE ALL;UNLISTEN *;SELECT pg_catalog.pg_advisory_unlock_all();"u8);
            _sql.Write("DISCARD TEMP;DISCARD SEQUENCES;"u8);
        }
        else if (discardSequences)
            _sql.Write("DISCARD SEQUENCES;"u8);
        if (server.Applied.Count > 0 || (residue & Residue.HiddenCode) != 0)
            _sql.Write("RESET ALL;"u8);
        _sql.Write(wanted.ReplaySql);
        if (isOther)
            server.Residue = Residue.None;
        // What stands on the server while this runs is neither; if it fails, the connection is broken anyway.
        server.Applied = wanted;
        if (discardSequences || (residue & (Residue.Objects | Residue.HiddenCode)) != 0)
            server.SequencesAdvanced = false;
    }

    public override ReadOnlySpan<byte> Sql => _sql.Written;

    public byte[]? Error { get; private set; }

    public override void OnError(ReadOnlySpan<byte> body)
    {
        base.OnError(body);
        Error ??= body.ToArray();
    }

    public override void OnDone(PostgresServer server) => _client.Lease.OnHandedOver(server, this);

    private static bool HasIdentity(SettingsSet applied) =>
        applied.TryGet("role", out _) || applied.TryGet("session_authorization", out _);
}
