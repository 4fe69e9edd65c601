using System.Text;

namespace Sento.Tests.Isolation.MySql.Themes;

/// <summary>Statements that change variables of the session, by every way there is.</summary>
internal static class SettingLines
{
    private static readonly (string Name, string[] Values)[] s_settings =
    [
        ("sql_mode", ["''", "'ANSI_QUOTES'", "'NO_BACKSLASH_ESCAPES'", "'STRICT_ALL_TABLES,PIPES_AS_CONCAT'",
        "'ANSI'",
            "concat(@@sql_mode, ',NO_ZERO_DATE')",
            "(select replace(@@sql_mode, 'STRICT_TRANS_TABLES', ''))"]),
        ("time_zone", ["'+05:00'", "'-03:30'", "'SYSTEM'", "@@global.time_zone"]),
        ("sql_select_limit", ["5", "1", "18446744073709551615"]),
        ("group_concat_max_len", ["2000", "10", "4 * 100"]),
        ("sort_buffer_size", ["65536", "131072", "1024 * 128"]),
        ("join_buffer_size", ["131072"]),
        ("foreign_key_checks", ["0", "1", "off", "on"]),
        ("unique_checks", ["0", "ON"]),
        ("sql_safe_updates", ["1", "0"]),
        ("lc_time_names", ["'de_DE'", "'en_US'"]),
        ("div_precision_increment", ["8", "2"]),
        ("auto_increment_increment", ["10", "1"]),
        ("auto_increment_offset", ["3", "1"]),
        ("wait_timeout", ["1000"]),
        ("net_write_timeout", ["77"]),
        ("sql_notes", ["0", "1"]),
        ("character_set_results", ["null", "latin1", "'utf8mb4'", "binary"]),
        ("collation_connection", ["utf8mb4_bin", "'latin1_swedish_ci'", "utf8mb4_unicode_ci"]),
        ("character_set_client", ["latin1", "'utf8mb4'"]),
        ("timestamp", ["1000000000", "default"]),
        ("max_error_count", ["1", "64"]),
    ];

    public static Deed Next(Dice dice)
    {
        var (name, values) = dice.Of(s_settings);
        var value = dice.OneIn(6) ? "default" : dice.Of(values);
        var (other, others) = dice.Of(s_settings);
        return new Says(dice.Weighted((8, 0), (3, 1), (3, 2), (2, 3), (4, 4), (2, 5), (2, 6)) switch
        {
            0 => $"set {dice.Of("", "session ", "local ")}{name} = {value}",
            1 => $"set @@{dice.Of("", "session.", "local.")}{name} = {value}",
            2 => name == "timestamp" ? "select 1" : $"select @@{dice.Of("", "session.")}{name}",
            3 => $"set {name} = {value}, @@session.{other} = {dice.Of(others)}",
            4 => Special(dice),
            5 => $"set {name} := {value}, @a = 7",
            _ => Faulty(dice, name),
        });
    }

    /// <summary>It may change what texts are told in.</summary>
    public static bool MayRecode(Deed deed) => s_recoding.Any(
        word => deed.Text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] s_recoding = ["names", "charset", "character", "collation"];

    // From a table: what a text of gbk that is not ASCII does to warnings before it is not known.
    public static Deed Charset(Dice dice) => dice.OneIn(3)
        ? new Says([.. "select hex('"u8, 0xe4, .. "'), '"u8, 0xc3, 0xa4, .. "' as x from (select 1) t"u8])
        : new Says(dice.Of(
            "set names latin1", "set names utf8mb4", "set names utf8mb4 collate utf8mb4_bin",
            "set names 'latin1' collate 'latin1_bin'", "set names default", "set character set latin1",
            "set character set default", "set charset utf8mb4",
            "select collation('a'), charset('a'), 'a' = 'A'",
            "select _latin1 0xe4 as x", "show variables like 'character\\_set\\_c%'", "set names binary",
            "set names gbk", "set names nonsense", "set collation_connection = default"));

    private static string Special(Dice dice) => dice.Of(
        "set session transaction isolation level read committed", "set session transaction read only",
        "set session transaction isolation level serializable, read write", "set @@session.autocommit = 1",
        "SET /* why */ sql_mode -- so\n = ''", "select @@global.sql_mode is null",
        "set local time_zone = '+01:00'",
        "set session sql_mode = default, time_zone = default", "show variables like 'sort_buffer_size'",
        "set @@sql_mode := ''", "set sort_buffer_size = (select 65536 + 65536)", "flush status");

    private static string Faulty(Dice dice, string name) => dice.Of(
        $"set {name} = 'no such value'", "set no_such_variable = 1", "set sql_mode", "set time_zone = 'Moon'",
        $"set {name} = 1, no_such_variable = 2", "set time_zone = '+02:00', sql_mode = 'no such'",
        "set version = 'x'", $"set {name} = missing()", $"set global {name} = 1", "set @@session = 5",
        "set sort_buffer_size = 'much'", "set sql_safe_updates = 1, @b = (select 1 union select 2)");
}
