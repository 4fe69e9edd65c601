namespace Sento.Tests.Isolation.MySql.Themes;

/// <summary>Statements about everything else that a session keeps.</summary>
internal static class StateLines
{
    public static Deed Variable(Dice dice, int client) => new Says(dice.Of(
        "set @a = 5", "set @a = 'text', @b = -1.5", "set @b = null", "set @a := true, @c = 7",
        "set @a = 2 + 3", "set @b = concat('x', @a)", $"set @c = (select count(*) from ~.t{client})",
        $"set @d = (select max(a) from ~.t{client})", "select 5 into @a", "select 'x', 2.5 into @b, @c",
        $"select a into @d from ~.t{client} limit 1", $"select a from ~.t{client} into @a", "select @a := 8",
        "select @a, @b, @c, @d", "select @a + 1, coalesce(@b, 'none')", "set @a = @b, @b = @a", "do @c := 9",
        "set @a = 1, @b = (select 1 union select 2)", "select null into @a", "set @`a b` = 1",
        "select @`a b`",
        "set @d = last_insert_id()", "set @a = cast(5 as unsigned)", "set @c = 5e0", "set @a = _latin1'l'",
        "set @d = @@sql_mode", "set @b = 9223372036854775807", "set @b = 18446744073709551615",
        "set @a = 0x41"));

    public static Deed Transaction(Dice dice, bool isMariaDb) => new Says(dice.Weighted<string>(
        (6, "begin"), (2, "start transaction"), (1, "start transaction read only"),
        (1, "start transaction with consistent snapshot"), (6, "commit"), (5, "rollback"),
        (2, "commit and chain"), (2, "rollback and chain"), (1, "commit work and no chain"),
        (3, "savepoint a"), (2, "savepoint b"), (3, "rollback to a"), (2, "rollback to savepoint b"),
        (2, "release savepoint a"), (3, "set autocommit = 0"), (3, "set autocommit = 1"),
        (2, "set @@autocommit = off"), (2, "set transaction read only"),
        (2, "set transaction isolation level serializable"), (2,
        "set transaction isolation level read committed"),
        (1, "set transaction read write, isolation level repeatable read"), (1, "set transaction nonsense"),
        (1, $"set @@{(isMariaDb ? "tx" : "transaction")}_read_only = 1"),
        (1, $"set @@{(isMariaDb ? "tx" : "transaction")}_isolation = 'READ-COMMITTED'"),
        (1, "begin; select 1; commit"), (1, "set transaction read only; begin"), (1,
        "set completion_type = 1"),
        (1, "set completion_type = 0"), (1, "unlock tables")));

    public static Deed Temporary(Dice dice, int client) => new Says(dice.Of(
        $"create temporary table kept as select {client} as a", "create temporary table kept (a int)",
        "create temporary table if not exists kept (a int)", $"insert into kept values ({client + 10})",
        "select * from kept", "drop table kept", "drop temporary table if exists kept",
        "drop temporary table kept", "create temporary table ~x.kept (b int)", "select * from ~x.kept",
        "drop table if exists ~x.kept", $"create temporary table t{client} (z int)", $"drop table t{client}",
        $"create temporary table other like ~.t{client}", "drop table other, kept",
        "create or replace temporary table"
            + " kept as select 3 as a", "truncate kept", "alter table kept add b int",
            "show create table kept"));

    public static Deed Schema(Dice dice) => dice.OneIn(3) ? Commands.Schema(dice.Of("~", "~x"))
        : new Says(dice.Of("use ~", "use ~x", "use `~x`", "select database()", "USE nowhere",
        "select schema()",
            "use ~; select database()", "show tables like 'none'"));

    /// <summary>Changes that no text shows: only the server knows.</summary>
    /// <remarks>
    /// What may fail is of the client's own schema: when MariaDB tells that one was left and come back to
    /// depends on what else it is asked to tell.
    /// </remarks>
    public static Deed Hidden(Dice dice, int client) => new Says(dice.Of(
        "call ~.sets()", "call fails()", $"call inserts{client}(3)", "call makes()", "call becomes()",
        "call ~.shows()", "call chooses()", "select ~.hides()", "set /*!40000 @a = */ 7",
        "select /*!40000 @a := */ 5", "set role stagehand", "set role none", "set role nobody_at_all",
        "select current_role()", "/*!40000 set sql_mode = 'ANSI' */"));
}
