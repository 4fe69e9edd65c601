using System.Text;
using Sento.Base;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;

namespace Sento.Postgres.Server;

/// <summary>Reads what InitQuery has set, so that a scrub between clients can bring it back.</summary>
internal sealed class InitSettingsExchange : InternalExchange
{
    private readonly ByteBuffer _sql = new(512);
    private readonly List<KeyValuePair<string, string>> _settings = [];
    private readonly Action<IReadOnlyList<KeyValuePair<string, string>>> _done;

    public InitSettingsExchange(string initQuery, Action<IReadOnlyList<KeyValuePair<string, string>>> done)
    {
        _done = done;
        _sql.Write("SELECT s.name,pg_catalog.current_setting(s.name,true) FROM pg_catalog.pg_settings AS s "u8);
        _sql.Write("WHERE s.source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text"u8);
        // Settings with a dot that belong to no extension stand in no catalog: their names are read from
        // the text.
        foreach (var name in StatementScanner.Scan(Encoding.UTF8.GetBytes(initQuery), true).SettingNames.Distinct())
        {
            if (!name.Contains('.', StringComparison.Ordinal) && name is not ("role" or "session_authorization"))
                continue;
            _sql.Write(" UNION ALL SELECT "u8);
            SettingsSet.AppendLiteral(_sql, name);
            _sql.Write(",pg_catalog.current_setting("u8);
            SettingsSet.AppendLiteral(_sql, name);
            _sql.Write(",true)"u8);
        }
    }

    public override ReadOnlySpan<byte> Sql => _sql.Written;

    public override void OnRow(ReadOnlySpan<byte> body)
    {
        var row = new RowReader(body);
        var name = row.Next();
        var value = row.Next();
        if (name is not null && value is not null && !(name == "role" && value == "none"))
            _settings.Add(KeyValuePair.Create(name, value));
    }

    public override void OnDone(PostgresServer server) => _done(_settings);
}
