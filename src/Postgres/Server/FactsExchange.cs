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

    private static readonly byte[] Question = System.Text.Encoding.ASCII.GetBytes($"""
        SELECT s.name,s.setting FROM pg_catalog.pg_settings AS s WHERE s.name OPERATOR(pg_catalog.=) ANY
        (ARRAY['max_connections','superuser_reserved_connections','reserved_connections'])
        UNION ALL SELECT 'reader',pg_catalog.pg_is_in_recovery()::pg_catalog.int4::pg_catalog.text
        UNION ALL SELECT 'hidden',{CountOf(Anything)} UNION ALL SELECT 'objects',{CountOf(Objects)}
        UNION ALL SELECT 'sequences',{CountOf(Sequences)} UNION ALL SELECT 'advances',{CountOf(Advances)}
        UNION ALL SELECT 'notify',{CountOf(Notify)}
        """);

    public override ReadOnlySpan<byte> Sql => Question;

    private static string CountOf(string words) => $"""
        (SELECT pg_catalog.count(*)::pg_catalog.text FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        WHERE n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_catalog','information_schema'])
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d WHERE d.objid OPERATOR(pg_catalog.=) p.oid
        AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND d.deptype OPERATOR(pg_catalog.=) 'e')
        AND (l.lanname OPERATOR(pg_catalog.<>) ALL (ARRAY['sql','plpgsql','internal'])
        OR (pg_catalog.to_jsonb(p) OPERATOR(pg_catalog.->>) 'prosqlbody') IS NOT NULL
        OR p.prosrc OPERATOR(pg_catalog.~*) E'{words}'))
        """;

    public override void OnRow(ReadOnlySpan<byte> body)
    {
        var row = new RowReader(body);
        var name = row.Next();
        _ = long.TryParse(row.Next(), out var value);
        switch (name)
        {
            case "max_connections": _maxConnections = (int)value; break;
            case "reader": _isReader = value > 0; break;
            case "hidden": _mayHideState = value > 0; break;
            case "objects": _mayHideObjects = value > 0; break;
            case "sequences": _mayReadSequences = value > 0; break;
            case "advances": _mayChangeSequences = value > 0; break;
            case "notify": _mayHideNotify = value > 0; break;
            default: _reserved += (int)value; break;
        }
    }

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
