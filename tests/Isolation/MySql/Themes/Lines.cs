namespace Sento.Tests.Isolation.MySql.Themes;

/// <summary>Statements that look, write and fail.</summary>
internal static class Lines
{
    /// <summary>
    /// All that a client can ask about its own session, in one row; it must never show another's.
    /// </summary>
    public static Says Look(bool isMariaDb) => new($"""
        select database(), @@sql_mode, @@time_zone, @@character_set_client, @@character_set_connection,
        @@character_set_results, @@collation_connection, @@autocommit, @@sql_select_limit,
        @@group_concat_max_len, @@sort_buffer_size, @@join_buffer_size, @@foreign_key_checks, @@unique_checks,
        @@sql_safe_updates, @@lc_time_names, @@div_precision_increment, @@auto_increment_increment,
        @@auto_increment_offset, @@wait_timeout, @@net_write_timeout, @@sql_notes, @@completion_type,
        @@{(isMariaDb ? "tx_isolation" : "transaction_isolation")},
        @@{(isMariaDb ? "tx_read_only" : "transaction_read_only")},
        current_role(), @a, @b, @c, @d, @hidden, last_insert_id(), 0.1 + 1/3, 'a' = 'A'
        """, "look");

    public static Deed Rows(Dice dice, int client) => new Says(dice.Of(
        $"insert into ~.t{client} (a) values ({dice.Below(5)})",
        $"insert into ~.t{client} (a, s) values (1, 'abcdef')",
        $"insert into ~.t{client} (a) values (1), (2), (3)", $"insert into ~.t{client} (a) values ('x')",
        $"insert ignore into ~.t{client} (a) values ('x')", $"delete from ~.t{client} where a = 2",
        $"select count(*), sum(a) from ~.t{client}", $"update ~.t{client} set a = a + 1",
        $"select * from ~.t{client}", $"select a from ~.t{client} order by id limit 2", "select 1 as one",
        "select 'é', hex('é') from (select 1) t", $"truncate ~.t{client}",
        $"create table ~.x{client} (a int)",
        $"drop table ~.x{client}", $"drop table if exists ~.x{client}", "do 0", "show tables like 'none'",
        $"replace into ~.t{client} (a) values (7)", $"insert into ~.t{client} (s) select 'a' as s",
        $"alter table ~.t{client} comment = 'c'", "select @@version_comment is null", "values row(1)",
        $"analyze table ~.t{client}", "(select 1) union (select 2)",
        "with w as (select 5 as n) select * from w",
        $"insert into t{client} (a) values (9)", $"select sum(a) from t{client}",
        "select now() > '2020-01-01', rand() < 2, uuid() is null", "select sleep(0), benchmark(1, 1)"));

    public static Deed Error(Dice dice) => new Says(dice.Of(
        "selec 1", "select * from missing", "select 1 from", "select missing", "select no_such_function()",
        "insert into missing values (1)", "select ))", "use nowhere", "select 'open", "select (select 1 union"
            + " select 2)", "rollback to nowhere", "set nonsense = 1", "set sql_mode = 'nonsense'",
            "call nothing()",
        "signal sqlstate '45000' set message_text = 'mine'", "signal sqlstate '01000' set message_text = 'w'",
        "drop table missing", "select cast('x' as signed), 1/0", "select date_add('x', interval 1 day)",
        "set @a = 1, nonsense = 2", "drop table if exists missing", "do (select 1 union select 2)", "",
        "; select 1", "select 1;;", "-- nothing", "/* nothing */"));

    /// <summary>Several statements in one text.</summary>
    public static Says Several(Dice dice, Func<Deed> next)
    {
        var texts = new List<string>();
        for (var left = 2 + dice.Below(2); left > 0;)
        {
            left--;
            if (next() is not Says { Bytes: var bytes, Name: null })
                continue;
            var text = System.Text.Encoding.Latin1.GetString(bytes);
            // What looks back in a text of several is answered or refused (docs/protocols/mysql.md).
            if (!s_looksBack.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
                texts.Add(text);
        }
        return new Says(texts.Count == 0 ? "select 1; select 2" : string.Join(dice.Of("; ", ";"), texts));
    }

    private static readonly string[] s_looksBack = ["row_count", "show warn", "show err", "show count",
    "_count"];

    /// <summary>What the statement before has left.</summary>
    public static Deed LookBack(Dice dice) => new Says(dice.Of(
        "select last_insert_id()", "select @@identity", "select row_count()", "SELECT ROW_COUNT()",
        "show warnings", "show errors", "show count(*) warnings", "show count(*) errors",
        "select @@warning_count",
        "select @@error_count", "show warnings limit 1", "show warnings limit 1, 1",
        "select row_count() as n", "select @@warning_count as w", "select last_insert_id(41)",
        "select last_insert_id() + 1 as next"));
}
