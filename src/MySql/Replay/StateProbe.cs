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
    private readonly List<string?> _values = [];
    private readonly List<ColumnDefinition> _columns = [];
    private bool _isCut;

    public IReadOnlyList<string> Names => names;

    /// <summary>Null: NULL.</summary>
    public string? ValueOf(int index) => _values[ColumnOf(index)];

    /// <summary>A value came that can't be brought to another connection.</summary>
    public bool HasUncarriable => _isCut;

    public ColumnDefinition DefinitionOf(int index) => _columns[ColumnOf(index)];

    /// <summary>Of a user variable: its collation, whatever its value is told in.</summary>
    public string CollationOf(int index) => _values[ColumnOf(index) + 1] ?? "";

    /// <summary>The server has answered with a row of as many columns as were asked for.</summary>
    public bool IsComplete => _values.Count == ColumnOf(names.Count) && _columns.Count == _values.Count;

    public override void Write(ServerSession server, ByteBuffer output)
    {
        var mark = PacketWriter.BeginQuery(output, (server.Capabilities & Capabilities.QueryAttributes) != 0);
        var separator = "SELECT "u8;
        foreach (var name in names)
        {
            output.Write(separator);
            SetStatement.WriteName(output, name);
            separator = ","u8;
            if (!StateNames.IsUserVariable(name))
                continue;
            output.Write(",COLLATION("u8);
            SetStatement.WriteName(output, name);
            output.WriteByte((byte)')');
        }
        PacketWriter.End(output, mark, 0);
        server.Add(this);
    }

    /// <summary>The report of a statement that failed comes with the next OK: it was this client's.</summary>
    public override void OnOk(ServerSession server, in OkPacket ok) => settlement.OnProbeOk(server, ok);

    public override void OnDefinition(ReadOnlySpan<byte> payload) =>
        _columns.Add(ColumnDefinition.Read(payload));

    public override void OnRow(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        _values.Clear();
        foreach (var name in names)
        {
            var isVariable = StateNames.IsUserVariable(name);
            Take(ref reader, isFree: isVariable);
            if (isVariable)
                Take(ref reader, isFree: true);
        }
    }

    /// <param name="isFree">It need not fit into a SET of ours.</param>
    private void Take(ref PacketReader reader, bool isFree)
    {
        var isThere = reader.TryReadValue(out var value);
        _isCut |= isThere && !isFree && !SetStatement.CanCarry(value);
        _values.Add(isThere ? Encoding.Latin1.GetString(value) : null);
    }

    private int ColumnOf(int index)
    {
        var column = index;
        for (var i = 0; i < index; i++)
            column += StateNames.IsUserVariable(names[i]) ? 1 : 0;
        return column;
    }

    public override void OnDone(MySqlServer server) => settlement.OnProbed(server.Session, this);
}
