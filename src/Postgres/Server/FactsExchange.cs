using Sento.DataPlane.Pool;
using Sento.Postgres.Replay;

namespace Sento.Postgres.Server;

/// <summary>
/// Asks a server how many connections it takes, and its catalog whether code of the database could hide
/// state.
/// </summary>
/// <remarks>
/// Code hides state when it could change a setting, take a session lock, make a temporary object or the
/// like where
/// no client's text shows it. What is written in SQL or PL/pgSQL is searched for such words; every function
/// in another
/// language that came with no extension is suspected.
/// </remarks>
internal sealed class FactsExchange(TargetPool pool, Action done) : InternalExchange
{
    private readonly long _asOf = PoolFacts.Of(pool).CodeChanges;
    private int _maxConnections;
    private int _reserved;
    private bool? _isReader;
    private bool _mayHideState;
    private bool _mayHideObjects;
    private bool _mayReadSequences;
    private bool _mayChangeSequences;
    private bool _mayHideNotify;

    private const string Objects =
        @"advisory|\\mtemp|\\mhold\\M|\\m(un)?listen\\M|\\mexecute\\M|dblink|replication";

    private const string Notify = @"pg_notify|\\mnotify\\M|\\mexecute\\M|dblink";

    private const string Sequences = "currval|lastval";

    private const string Advances = @"nextval|setval|\\minsert\\M|\\mmerge\\M|\\mcopy\\M|\\mexecute\\M";

    private const string Anything = Objects
        + @"|set_config|setseed|setval|pg_settings|\\mload\\M|\\mprepare\\M|\\mdiscard\\M"
        + @"|(^|;|\\m(begin|then|else|loop)\\M)(\\s|--[^\\n]*\\n|/\\*.*?\\*/)*(set|reset)\\M";

    /// <summary>
    /// All words are looked for in one reading of the functions that are not PostgreSQL's own, which an index
    /// finds: 0.3 ms where there are few, and not 10 ms as by a reading of pg_proc for each set of words.
    /// </summary>
    private static readonly byte[] Question = System.Text.Encoding.ASCII.GetBytes($"""
        SELECT pg_catalog.current_setting('max_connections'),
        pg_catalog.current_setting('superuser_reserved_connections'),
        pg_catalog.current_setting('reserved_connections',true),
        pg_catalog.pg_is_in_recovery()::pg_catalog.int4,
        {Any(Anything)},{Any(Objects)},{Any(Sequences)},{Any(Advances)},{Any(Notify)}
        FROM (SELECT p.prosrc AS text,
        l.lanname OPERATOR(pg_catalog.<>) ALL (ARRAY['sql','plpgsql','internal'])
        OR (pg_catalog.to_jsonb(p) OPERATOR(pg_catalog.->>) 'prosqlbody') IS NOT NULL AS unread
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
        AND n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_catalog','information_schema'])
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d WHERE d.objid OPERATOR(pg_catalog.=) p.oid
        AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND d.deptype OPERATOR(pg_catalog.=) 'e') OFFSET 0) AS f
        """);

    public override ReadOnlySpan<byte> Sql => Question;

    private static string Any(string words) =>
        $"pg_catalog.bool_or(f.unread OR f.text OPERATOR(pg_catalog.~*) E'{words}')";

    public override void OnRow(ReadOnlySpan<byte> body)
    {
        var row = new RowReader(body);
        _maxConnections = Number(row.Next());
        _reserved = Number(row.Next()) + Number(row.Next());
        _isReader = Number(row.Next()) > 0;
        _mayHideState = row.Next() == "t";
        _mayHideObjects = row.Next() == "t";
        _mayReadSequences = row.Next() == "t";
        _mayChangeSequences = row.Next() == "t";
        _mayHideNotify = row.Next() == "t";
    }

    private static int Number(string? text) => int.TryParse(text, out var number) ? number : 0;

    public override void OnDone(PostgresServer server)
    {
        if (_maxConnections > 0)
            pool.Target.Budget.LearnServerMax(_maxConnections, _reserved);
        if (_isReader is { } isReader)
            pool.Target.LearnRole(isReader);
        PoolFacts.Of(pool).OnCatalogRead(
            _asOf, _mayHideState || HasFailed, _mayHideObjects, _mayReadSequences, _mayChangeSequences,
            _mayHideNotify || HasFailed);
        done();
    }
}
