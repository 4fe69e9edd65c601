namespace Sento.Tests.Isolation.Themes;

/// <summary>Statements that change settings, by every way there is.</summary>
public static class SettingStatements
{
    private static readonly (string Name, string[] Values)[] s_settings =
    [
        // Reported by the server when they change.
        ("application_name", ["'one'", "'two words'", "''", "'it''s'"]),
        ("timezone", ["'UTC'", "'Asia/Tokyo'", "'Europe/Paris'", "'-3'"]),
        ("datestyle", ["'ISO, DMY'", "'German'", "'SQL, MDY'", "iso, ymd"]),
        ("intervalstyle", ["'iso_8601'", "'postgres_verbose'", "postgres"]),
        ("client_encoding", ["'UTF8'", "'LATIN1'", "'SQL_ASCII'"]),
        ("search_path", ["public", "pg_catalog, public", "\"$user\", public", "public, nowhere"]),
        ("default_transaction_read_only", ["on", "off"]),
        ("standard_conforming_strings", ["on", "on", "off"]),
        // Not reported.
        ("work_mem", ["'1MB'", "'2MB'", "3000", "'4MB'"]),
        ("maintenance_work_mem", ["'8MB'", "'9MB'"]),
        ("enable_seqscan", ["on", "off"]),
        ("random_page_cost", ["1.5", "2"]),
        ("extra_float_digits", ["-3", "0", "3"]),
        ("bytea_output", ["'escape'", "'hex'"]),
        ("statement_timeout", ["'61s'", "62000", "0"]),
        ("lock_timeout", ["'63s'", "0"]),
        ("idle_in_transaction_session_timeout", ["'64s'", "0"]),
        ("default_transaction_isolation", ["'serializable'", "'repeatable read'", "'read committed'"]),
        ("default_transaction_deferrable", ["on", "off"]),
        ("client_min_messages", ["'warning'", "'notice'", "'error'"]),
        ("row_security", ["on", "off"]),
        ("app.tenant", ["'a'", "'b'", "''", "'it''s ; --'"]),
        ("app.\"Mixed\"", ["'m'", "'n'"]),
        ("other.x", ["'x'", "1", "on"]),
    ];

    public static Sql Next(Dice dice, Feature features)
    {
        var (name, values) = dice.Of(s_settings);
        var value = dice.Of(values);
        return dice.Weighted(
            (10, 0), (3, 1), (2, 2), (2, 3), (5, 4), (2, 5), (3, 6), (1, 7), (1, 8), (3, 9), (2, 10), (2, 11)) switch
        {
            0 => $"set {dice.Of("", "", "session ")}{name} {dice.Of("=", "to")} {value}",
            1 => $"set local {name} = {value}",
            2 => $"set {name} to default",
            3 => $"reset {name}",
            4 => $"select set_config('{Plain(name)}', {Text(value)}, {dice.Of("false", "true")})",
            5 => new Sql("select set_config($1, $2, $3)", Plain(name), Raw(value), dice.Of("f", "t")),
            6 => Special(dice),
            7 => "reset all",
            8 => features.HasFlag(Feature.Listening) ? "reset all" : "discard all",
            9 => $"select coalesce(current_setting('{Plain(name)}', true), '')",
            10 => name.Contains('.') ? "show timezone" : $"show {name}",
            _ => Faulty(dice, name),
        };
    }

    private static Sql Special(Dice dice) => dice.Of<Sql>(
        "set time zone 'Asia/Tokyo'", "set time zone default", "set names 'UTF8'", "set time zone interval '+02:00' hour to minute",
        "set session characteristics as transaction isolation level repeatable read",
        "set session characteristics as transaction read write, isolation level read committed",
        "set transaction isolation level serializable", "set transaction read only", "set constraints all deferred",
        "set schema 'public'", "show transaction_isolation", "show transaction_read_only", "set seed to default",
        "SET /* why */ work_mem -- so\n = '5MB'", "discard plans", "discard temp");

    private static Sql Faulty(Dice dice, string name) => dice.Of<Sql>(
        $"set {name} = 'no such value', 'x'", "set no_such_setting = 1", "set work_mem = 'much'", "set timezone = 'Moon'",
        "select set_config('no_such_setting', 'x', false)", "set server_version = '1'", "reset no_such_setting",
        "set work_mem", "show no_such_setting", "select set_config('app.tenant', 'lost', false), 1/0");

    private static string Plain(string name) => name.Replace("\"", "");

    /// <summary>The value as set_config wants it: text in quotes.</summary>
    private static string Text(string value) => value.StartsWith('\'') ? value : $"'{value.Replace("\"$user\", ", "")}'";

    private static string Raw(string value) =>
        value.StartsWith('\'') ? value[1..^1].Replace("''", "'") : value;
}
