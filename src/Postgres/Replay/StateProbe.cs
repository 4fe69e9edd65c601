using System.Buffers.Binary;
using System.Text;
using Sento.Base;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Replay;

/// <summary>
/// Asks the server, between transactions, what the session has become: values of settings, and what it
/// holds.
/// </summary>
/// <remarks>
/// The server is the authority: no value is parsed out of SQL and no savepoint is simulated. Costs one short
/// query, only after statements that may have changed such state, while the client has its reply already.
/// </remarks>
internal sealed class StateProbe : InternalExchange
{
    private readonly ByteBuffer _sql = new(512);
    private readonly ClientRelay _client;
    private readonly IReadOnlyList<string> _names;
    private readonly bool _asksObjects;
    private readonly bool _onlyMade;

    /// <param name="onlyMade">
    /// Only settings that the session itself has made; the others are not answered.
    /// </param>
    public StateProbe(
        ClientRelay client, IReadOnlyList<string> names, bool asksObjects, bool asksAllSettings,
        bool onlyMade)
    {
        _onlyMade = onlyMade;
        _client = client;
        _names = names;
        _asksObjects = asksObjects;
        Write(asksAllSettings);
    }

    public override ReadOnlySpan<byte> Sql => _sql.Written;

    public bool AsksObjects => _asksObjects;

    /// <summary>Settings by name; null: the setting does not exist (any more).</summary>
    public List<KeyValuePair<string, string?>> Values { get; } = [];

    public long HeldCursors { get; private set; }

    public long AdvisoryLocks { get; private set; }

    public long TempObjects { get; private set; }

    public long Channels { get; private set; }

    /// <summary>Prepared statements under names that are not ours.</summary>
    public long HiddenNames { get; private set; }

    public override void OnRow(ReadOnlySpan<byte> body)
    {
        var row = new RowReader(body);
        var name = row.Next();
        var value = row.Next();
        if (name is null)
            return;
        switch (name)
        {
            case "\u0001cursors": HeldCursors = Number(value); break;
            case "\u0001locks": AdvisoryLocks = Number(value); break;
            case "\u0001temp": TempObjects = Number(value); break;
            case "\u0001names": HiddenNames = Number(value); break;
            case "\u0001channels": Channels = Number(value); break;
            default: Values.Add(KeyValuePair.Create(name, value)); break;
        }
    }

    public override void OnDone(PostgresServer server) => _client.Lease.OnProbed(server, this);

    private static long Number(string? text) => long.TryParse(text, out var number) ? number : 1;

    private void Write(bool asksAllSettings)
    {
        var isFirst = true;
        foreach (var name in _names)
        {
            if (_onlyMade && IsListed(name))
                continue;
            Union(ref isFirst);
            _sql.Write("SELECT "u8);
            SettingsSet.AppendLiteral(_sql, name);
            _sql.Write("::pg_catalog.text,pg_catalog.current_setting("u8);
            SettingsSet.AppendLiteral(_sql, name);
            _sql.Write(",true)"u8);
        }
        if (_onlyMade && !asksAllSettings && _names.Any(IsListed))
        {
            Union(ref isFirst);
            _sql.Write("SELECT pg_catalog.lower(s.name),pg_catalog.current_setting(s.name,true) "u8);
            _sql.Write("FROM pg_catalog.pg_settings AS s "u8);
            _sql.Write("WHERE s.source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text"u8);
        }
        if (asksAllSettings)
        {
            Union(ref isFirst);
            _sql.Write(
                "SELECT s.name,pg_catalog.current_setting(s.name,true) FROM pg_catalog.pg_settings AS s "u8);
            _sql.Write("WHERE s.source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text"u8);
        }
        if (!_asksObjects)
            return;
        Union(ref isFirst);
        // Whatever is made in a schema depends on it, and by an index that is found: 0.1 ms in all, and not
        // 0.35 ms as by reading pg_class, pg_proc and pg_type.
        _sql.Write("""
            SELECT E'\x01cursors',pg_catalog.count(*)::pg_catalog.text FROM pg_catalog.pg_cursors AS c
            WHERE c.is_holdable
            UNION ALL SELECT E'\x01locks',pg_catalog.count(*)::pg_catalog.text FROM pg_catalog.pg_locks AS l
            WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory'::pg_catalog.text
            AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
            UNION ALL SELECT E'\x01temp',pg_catalog.count(*)::pg_catalog.text FROM pg_catalog.pg_depend AS d
            WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
            AND d.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
            UNION ALL SELECT E'\x01channels',pg_catalog.count(*)::pg_catalog.text
            FROM pg_catalog.pg_listening_channels()
            UNION ALL SELECT E'\x01names',pg_catalog.count(*)::pg_catalog.text
            FROM pg_catalog.pg_prepared_statements AS s WHERE NOT pg_catalog.starts_with(s.name,
            """u8);
        SettingsSet.AppendLiteral(_sql, _client.Names.ServerPrefix);
        _sql.Write("::pg_catalog.text)"u8);
    }

    /// <summary>
    /// Names that were asked for and stand nowhere in the answer: the session has not made them.
    /// </summary>
    public IEnumerable<string> Unanswered() => !_onlyMade || HasFailed
        ? []
        : _names.Where(name => IsListed(name)
            && !Values.Exists(value => value.Key.Equals(name, StringComparison.OrdinalIgnoreCase)));

    /// <summary>pg_settings knows it: neither a placeholder nor who the session is.</summary>
    private static bool IsListed(string name) =>
        !name.Contains('.', StringComparison.Ordinal) && name is not ("role" or "session_authorization");

    private void Union(ref bool isFirst)
    {
        if (!isFirst)
            _sql.Write(" UNION ALL "u8);
        isFirst = false;
    }
}

/// <summary>Text columns of one DataRow, as Latin-1.</summary>
internal ref struct RowReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body.Length >= 2 ? body[2..] : default;

    /// <summary>The next column; null: SQL null or no more columns.</summary>
    public string? Next()
    {
        if (_rest.Length < 4)
            return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(_rest);
        _rest = _rest[4..];
        if (length < 0)
            return null;
        if (length > _rest.Length)
            throw new ProtocolViolation("a row is shorter than its columns");
        var text = Encoding.Latin1.GetString(_rest[..length]);
        _rest = _rest[length..];
        return text;
    }
}
