using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.MySql.Pinning;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>Reads a server's routines, triggers and views: all names, then what stands behind each.</summary>
/// <remarks>Each text has a limit of its own, since a client's sql_select_limit may hold here.</remarks>
/// <param name="generation">Of the target's code, when it was asked whether any hides something.</param>
/// <param name="done">It is known, or could not be read.</param>
internal sealed class CodeTextExchange(TargetPool pool, long generation, Action<MySqlServer> done)
    : InternalExchange
{
    /// <summary>Schemas of the server's own are not read.</summary>
    public const string Foreign = "NOT IN ('mysql','sys','information_schema','performance_schema')";

    private const int TextCharsMax = 200_000;

    private static readonly byte[][] Questions =
    [
        Names("ROUTINES", "ROUTINE_SCHEMA", "ROUTINE_NAME"),
        Names("TRIGGERS", "TRIGGER_SCHEMA", "EVENT_OBJECT_TABLE"),
        Names("VIEWS", "TABLE_SCHEMA", "TABLE_NAME"),
        Code("IF(ROUTINE_TYPE='PROCEDURE','procedure','code')", "ROUTINES", "ROUTINE_SCHEMA",
            $"ROUTINE_NAME,IF(ROUTINE_BODY='SQL',{Short("ROUTINE_DEFINITION")},NULL)"),
        Code("'code'", "TRIGGERS", "TRIGGER_SCHEMA", $"EVENT_OBJECT_TABLE,{Short("ACTION_STATEMENT")}"),
        Code("'view'", "VIEWS", "TABLE_SCHEMA", $"TABLE_NAME,{Short("VIEW_DEFINITION")}"),
    ];

    private readonly HiddenCodeReader _reader = new();

    public override void Write(ServerSession server, ByteBuffer output)
    {
        foreach (var question in Questions)
            server.AddQuery(this, output, question);
        CodeExchange.End(this, server, output);
    }

    public override void OnRow(ReadOnlySpan<byte> payload)
    {
        var row = new PacketReader(payload);
        if (!row.TryReadValue(out var kind) || !row.TryReadValue(out var name))
            return;
        if (kind.SequenceEqual("name"u8))
        {
            _reader.AddName(name);
            return;
        }
        var isReadable = row.TryReadValue(out var text);
        if (kind.SequenceEqual("view"u8))
            _reader.AddView(name, text);
        else
            _reader.AddCode(name, text, isReadable, isProcedure: kind.SequenceEqual("procedure"u8));
    }

    public override void OnDone(MySqlServer server)
    {
        PoolFacts.Of(pool).OnCodeRead(pool.Loop.Now, generation, HasFailed ? null : _reader.Finish());
        done(server);
    }

    /// <summary>What is too long is not read, and so is NULL.</summary>
    private static string Short(string column) =>
        string.Create(CultureInfo.InvariantCulture,
            $"IF(CHAR_LENGTH({column})>{TextCharsMax},NULL,{column})");

    private static byte[] Names(string table, string schema, string name) =>
        Code("'name'", table, schema, name);

    private static byte[] Code(string kind, string table, string schema, string columns) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"SELECT {kind},{columns} FROM information_schema.{table} WHERE {schema} {Foreign} "
            + $"LIMIT {Limits.HiddenNamesMax + 1}"));
}
