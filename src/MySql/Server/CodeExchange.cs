using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.MySql.Pinning;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// Asks a server whether it has code that changes or asks what no client's text shows; only where it has
/// some, for all code.
/// </summary>
/// <remarks>
/// Triggers are shown to those who may make some, bodies of routines and views to their owners and to those
/// who may see them all: what this user can't see is not found.
/// </remarks>
/// <param name="done">It is known, or could not be read.</param>
internal sealed class CodeExchange(TargetPool pool, Action<MySqlServer> done) : InternalExchange
{
    private static readonly string[] Words =
    [
        "get_lock", "service_get_", "version_tokens_lock", "row_count", "found_rows", "diagnostics",
        "set%role", "resource", "@@",
    ];

    private static readonly byte[] Question = Encoding.ASCII.GetBytes($"""
        SELECT 'hidden',(SELECT COUNT(*) FROM information_schema.ROUTINES
        WHERE ROUTINE_SCHEMA {CodeTextExchange.Foreign} AND ({Any("ROUTINE_DEFINITION")}
        OR (ROUTINE_TYPE<>'PROCEDURE' AND (ROUTINE_DEFINITION IS NULL OR ROUTINE_BODY<>'SQL'))))
        +(SELECT COUNT(*) FROM information_schema.TRIGGERS
        WHERE TRIGGER_SCHEMA {CodeTextExchange.Foreign} AND ({Any("ACTION_STATEMENT")}))
        """);

    private readonly long _generation = TargetFacts.Of(pool.Target).CodeGeneration;
    private int? _count;

    public override void Write(ServerSession server, ByteBuffer output)
    {
        PoolFacts.Of(pool).Code.OnAsked(server.Connection.Loop.Now);
        server.AddQuery(this, output, Question);
        End(this, server, output);
    }

    /// <summary>Where nothing commits by itself, reading the catalog has begun a transaction.</summary>
    public static void End(InternalExchange exchange, ServerSession server, ByteBuffer output)
    {
        if (!server.IsInTransaction && (server.Status & ServerStatus.Autocommit) == 0)
            server.AddQuery(exchange, output, "COMMIT AND NO CHAIN NO RELEASE"u8);
    }

    public override void OnRow(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        if (reader.TryReadValue(out var kind) && kind.SequenceEqual("hidden"u8)
            && reader.TryReadValue(out var count)
            && int.TryParse(count, CultureInfo.InvariantCulture, out var number))
            _count = number;
    }

    public override void OnDone(MySqlServer server)
    {
        if (_count > 0 && !server.Connection.IsClosed)
        {
            server.Session.StartNow(new CodeTextExchange(pool, _generation, done));
            return;
        }
        PoolFacts.Of(pool).OnCodeRead(
            pool.Loop.Now, _generation, _count == 0 ? HiddenCode.None : null);
        done(server);
    }

    private static string Any(string column) => string.Join(" OR ",
        Words.Select(word => $"{column} LIKE '%{word}%'"));
}
