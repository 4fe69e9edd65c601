using System.Text;
using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// The role that a connection has signed in with: no reset leads back to it, so it must be known whether it
/// was changed. Servers without roles answer with an error.
/// </summary>
internal sealed class RoleQuestion : InternalExchange
{
    private string? _role;

    public static ReadOnlySpan<byte> Sql => "SELECT CURRENT_ROLE()"u8;

    public override void Write(ServerSession server, ByteBuffer output) =>
        server.AddQuery(this, output, Sql);

    public override void OnRow(ReadOnlySpan<byte> payload) => _role = Read(payload);

    public override void OnDone(MySqlServer server)
    {
        server.Session.Role = _role;
        server.Session.HasTraces = false;
    }

    /// <summary>Empty: none.</summary>
    public static string Read(ReadOnlySpan<byte> row) =>
        new PacketReader(row).TryReadValue(out var value) ? Encoding.Latin1.GetString(value) : "";
}
