using Sento.Base;
using Sento.MySql.Client;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Replay;

/// <summary>
/// SHOW WARNINGS before the server connection goes to another: its client may still ask. Its OK also brings
/// the reports of a statement that failed.
/// </summary>
internal sealed class DiagnosticsExchange(Settlement settlement) : InternalExchange
{
    public Diagnostics Found { get; } = new();

    /// <summary>What is shown is no longer the client's: only the reports count.</summary>
    public bool IsForReports { get; init; }

    public override void Write(ServerSession server, ByteBuffer output) =>
        server.AddQuery(this, output, "SHOW WARNINGS"u8);

    public override void OnDefinition(ReadOnlySpan<byte> payload) => Found.AddDefinition(payload);

    public override void OnRow(ReadOnlySpan<byte> payload) => Found.AddRow(payload);

    public override void OnOk(ServerSession server, in OkPacket ok) => settlement.OnProbeOk(server, ok);

    public override void OnDone(MySqlServer server) => settlement.OnDiagnostics(server.Session, this);
}
