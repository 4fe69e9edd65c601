using System.Text;
using Sento.Base;
using Sento.MySql.Client;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Replay;

/// <summary>
/// Between transactions: asks a server for what its reports leave out. A collation that SET NAMES has
/// brought, a variable that MariaDB keeps quiet about, the key that a procedure has made.
/// </summary>
internal sealed class StateProbe(Settlement settlement, IReadOnlyList<string> names) : InternalExchange
{
    private readonly string?[] _values = new string?[names.Count];
    private readonly ColumnDefinition[] _columns = new ColumnDefinition[names.Count];
    private int _definitionCount;
    private bool _isCut;

    public IReadOnlyList<string> Names => names;

    /// <summary>Null: NULL.</summary>
    public IReadOnlyList<string?> Values => _values;

    /// <summary>A value came that can't be brought to another connection.</summary>
    public bool HasUncarriable => _isCut;

    public ReadOnlySpan<ColumnDefinition> Columns => _columns;

    public override void Write(ServerSession server, ByteBuffer output)
    {
        var mark = PacketWriter.BeginQuery(output, (server.Capabilities & Capabilities.QueryAttributes) != 0);
        var separator = "SELECT "u8;
        foreach (var name in names)
        {
            output.Write(separator);
            SetStatement.WriteName(output, name);
            separator = ","u8;
        }
        PacketWriter.End(output, mark, 0);
        server.Add(this);
    }

    /// <summary>The report of a statement that failed comes with the next OK: it was this client's.</summary>
    public override void OnOk(ServerSession server, in OkPacket ok) => settlement.OnProbeOk(server, ok);

    public override void OnDefinition(ReadOnlySpan<byte> payload)
    {
        if (_definitionCount < _columns.Length)
            _columns[_definitionCount++] = ColumnDefinition.Read(payload);
    }

    public override void OnRow(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        for (var i = 0; i < _values.Length; i++)
        {
            if (!reader.TryReadValue(out var value))
                continue;
            _isCut |= !StateNames.IsUserVariable(names[i]) && !SetStatement.CanCarry(value);
            _values[i] = Encoding.Latin1.GetString(value);
        }
    }

    public override void OnDone(MySqlServer server) => settlement.OnProbed(server.Session, this);
}
