using Sento.Tests.Support.Databases;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// What a statement leaves for the next to ask: keys, counts, warnings, with other clients in between.
/// </summary>
public sealed class LookBacks(Grounds grounds) : Play(grounds)
{
    private const string Table = "create table t (id int auto_increment primary key, a int, s varchar(3))";

    [Theory, OnBoth]
    public Task The_last_key_is_the_clients_own(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(Table);
        Assert.Equal("0", (await client.Query("select last_insert_id()")).Scalar);
        Assert.Equal("OK(1 id 1)", (await client.Query("insert into t (a) values (1)")).Text);
        await side.Disturb();
        Assert.Equal("1", (await client.Query("select last_insert_id()")).Scalar);
        await other.Query("insert into t (a) values (2), (3)");
        await client.Query("select a from t");
        await side.Disturb();
        Assert.Equal("(1|1)", (await client.Query("select last_insert_id(), @@last_insert_id")).Text);
        Assert.Equal("2", (await other.Query("select last_insert_id()")).Scalar);
        await client.Query("insert into t (a) values (last_insert_id() + 10)");
        await side.Disturb();
        Assert.Equal("4", (await client.Query("select @@identity")).Scalar);
        // A statement by the binary protocol asks the same.
        var asks = await client.Prepare("select last_insert_id()");
        await side.Disturb();
        Assert.Equal("(4)", (await asks.Execute()).Text);
        await client.Query("update t set a = last_insert_id(77) where id = 1");
        await side.Disturb();
        Assert.Equal("77", (await client.Query("select last_insert_id()")).Scalar);
        await client.Query("select last_insert_id(88)");
        await side.Disturb();
        Assert.Equal("88", (await client.Query("select last_insert_id()")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_failed_insert_and_a_rollback_leave_the_key_as_it_was(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("create unique index u on t (a)");
        await client.Query("insert into t (a) values (1)");
        await client.Query("insert into t (a) values (1)");
        await side.Disturb();
        Assert.Equal("1", (await client.Query("select last_insert_id()")).Scalar);
        await client.Query("begin");
        await client.Query("insert into t (a) values (9)");
        await client.Query("rollback");
        await side.Disturb();
        Assert.Equal("3", (await client.Query("select last_insert_id()")).Scalar);
        await client.Query("insert ignore into t (a) values (1)");
        await side.Disturb();
        Assert.Equal("3", (await client.Query("select last_insert_id()")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_key_that_a_procedure_made_is_known(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("create procedure p() begin insert into t (a) values (5); select 'x'; end");
        await client.Query("insert into t (a) values (1)");
        await client.Query("call p()");
        await side.Disturb();
        Assert.Equal("2", (await client.Query("select last_insert_id()")).Scalar);
    });

    [Theory, OnBoth]
    public Task Counts_of_rows_are_the_clients_own(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("insert into t (a) values (1), (2), (3)");
        await side.Disturb();
        Assert.Equal("3", (await client.Query("select row_count()")).Scalar);
        Assert.Equal("-1", (await client.Query("select row_count()")).Scalar);
        await client.Query("update t set a = a + 1 where a > 1");
        await side.Disturb();
        Assert.Equal("2", (await client.Query("SELECT ROW_COUNT();")).Scalar);
        await client.Query("select * from t limit 2");
        await side.Disturb();
        Assert.Equal("2", (await client.Query("select found_rows()")).Scalar);
        await client.Query("select * from t");
        await client.Query("insert into t (a) values (7)");
        await side.Disturb();
        await client.Query("select found_rows()");
        await client.Query("set @@session.sql_mode = ''");
        await side.Disturb();
        await client.Query("select row_count()");
        await client.Query("select nonsense");
        await side.Disturb();
        Assert.Equal("-1", (await client.Query("select row_count()")).Scalar);
    }, comparesTranscripts: on == MySqlKind.MariaDb); // MySQL warns that FOUND_ROWS() will go one day.

    [Theory, OnBoth]
    public Task Counts_asked_in_the_same_text_are_those_of_that_text(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await side.Disturb();
        Assert.Equal("OK(2 id 1) (2)", (await client.Query(
            "insert into t (a) values (1), (2); select row_count()")).Text);
        await side.Disturb();
        Assert.Equal("OK(1 id 3) (3|1)",
            (await client.Query("insert into t (a) values (5); select last_insert_id(), row_count()")).Text);
        await side.Disturb();
        Assert.Equal("(1) (2) (5) (3)", (await client.Query("select a from t; select found_rows()")).Text);
        await side.Disturb();
        await client.Query("select 1/0, 'x' + 1; show warnings");
    }, comparesTranscripts: on == MySqlKind.MariaDb);

    [Theory, OnBoth]
    public Task Warnings_are_the_clients_own(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("set sql_mode = ''");
        Assert.Equal(1, (await client.Query("insert into t (s) values ('abcdef')")).Ok!.Warnings);
        await side.Disturb();
        Assert.Single((await client.Query("show warnings")).Rows);
        await side.Disturb();
        await client.Query("show warnings");
        await client.Query("insert into t (s) values ('abcdef'), ('ghijkl'), ('a')");
        await side.Disturb();
        await client.Query("show count(*) warnings");
        await side.Disturb();
        await client.Query("show warnings limit 1");
        await side.Disturb();
        await client.Query("select @@warning_count");
        await client.Query("select nonsense from t");
        await side.Disturb();
        await client.Query("show errors");
        await side.Disturb();
        await client.Query("show warnings");
        await side.Disturb();
        await client.Query("show count(*) errors");
        await client.Query("select * from t");
        await side.Disturb();
        Assert.Empty((await client.Query("show warnings")).Rows);
    });

    [Theory, OnBoth]
    public Task A_count_may_have_a_name(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        foreach (var question in (string[])["select row_count() as n", "SELECT ROW_COUNT() AS `Rows`;",
            "select @@warning_count as 'w'", "select @@error_count as e"])
        {
            await client.Query("insert into t (a) values (1), (2), (3)");
            await side.Disturb();
            await client.Query(question);
        }
    });

    [Theory, OnBoth]
    public Task Warnings_live_as_long_as_on_the_server(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("create procedure reads() do (select count(*) from t)");
        // MariaDB keeps them while no table is read.
        foreach (var between in (string[])["do 0", "select 1", "select 'from', version() from dual",
            "set time_zone = '+05:00'", "set @a = 5", "commit", "begin; select 1; commit",
            "set names utf8mb4", "select a from t", "insert into t (a) values (1)",
            "set @a = (select max(a) from t)", "show tables", "use other", "use app",
            "call reads()", "create temporary table if not exists kept (b int)", "drop table if exists kept",
            "set transaction read only", "show warnings", "select row_count()", "select @@warning_count"])
        {
            await client.Query("select cast('x' as signed)");
            await client.Query(between);
            await side.Disturb();
            await client.Query("show warnings");
            await client.Query("selec");
            await side.Disturb();
            await client.Query(between);
            await side.Disturb();
            await client.Query("show errors");
        }
    });

    [Theory, OnBoth]
    public Task A_command_without_a_text_tells_of_warnings_as_the_server_does(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("insert into t (a) values (1), (2)");
        foreach (var left in (string[])["select cast('x' as signed)", "selec", "do 0"])
        {
            foreach (var (code, argument) in new[] { (0x0e, ""), (0x02, "other"), (0x02, "app"),
                (0x1b, "\0\0") })
            {
                await client.Query(left);
                await side.Disturb();
                await client.Ask((byte)code, argument);
                await client.Ask(0x0e);
                await side.Disturb();
                await client.Query("show warnings");
                await client.Ask((byte)code, argument);
                await client.Query("update t set a = a + 1");
                await client.Ask((byte)code, argument);
                await side.Disturb();
                await client.Query("select row_count()");
            }
        }
    });

    [Theory, OnBoth]
    public Task What_is_prepared_leaves_of_the_statement_before_what_the_server_leaves(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("insert into t (a) values (1), (2), (3)");
        foreach (var sql in (string[])["select 1", "select a from t", "set @a = ?", "selec", "do 0"])
        {
            foreach (var asked in (string[])["show warnings", "select row_count()", "select @@error_count"])
            {
                foreach (var left in (string[])["select cast('x' as signed)", "selec",
                    "update t set a = a + 1"])
                {
                    await client.Query(left);
                    await client.Prepare(sql);
                    await client.Query(asked);
                    await client.Query(left);
                    await side.Disturb();
                    await client.Prepare(sql);
                    await side.Disturb();
                    await client.Query(asked);
                }
            }
        }
    });

    [Theory, OnBoth]
    public Task Counts_asked_in_a_prepared_or_longer_text_are_never_anothers(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var speaker = await side.Open();
        var client = await side.Open();
        var asks = await client.Prepare("select found_rows(), row_count()");
        foreach (var left in (string[])["select 1", "select 1; do 0", "do 0", "set @@time_zone = '+05:00'"])
        {
            foreach (var row in new[] { "select found_rows() + 0, row_count()", null })
            {
                await client.Query("select 7");
                await client.Query(left);
                for (var i = 0; i < 4; i++)
                    await speaker.Query("select 1 union select 2 union select 3 union select 4");
                var heard = (row is null ? await asks.Execute() : await client.Query(row)).Text;
                var counts = left == "select 1" ? "(1|-1)" : "(1|0)";
                Assert.True(heard == counts || heard == "ERR(1105)", $"{left}: {heard}");
            }
        }
    });

    [Theory, OnBoth]
    public Task Found_rows_of_the_whole_result_survive_another_client(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("insert into t (a) values (1), (2), (3), (4)");
        await client.Query("select sql_calc_found_rows a from t limit 1");
        await side.Disturb();
        Assert.Equal("4", (await client.Query("select found_rows()")).Scalar);
    }, comparesTranscripts: on == MySqlKind.MariaDb);

    [Theory, OnBoth]
    public Task What_anothers_statement_has_left_is_told_to_nobody_however_it_is_asked(MySqlKind on) =>
        Compare(on, async side =>
    {
        var maker = await side.Open();
        await maker.Query("create procedure told() show warnings");
        await maker.Query("create function counted() returns int deterministic begin"
            + " declare n int; get diagnostics n = number; return n; end");
        await maker.Quit();
        var speaker = await side.Open();
        foreach (var left in new[] { "select cast('secret' as signed)", "select secret from nowhere" })
        {
            foreach (var asked in (string[])[
                "show /*!40000 warnings */", "select 1; show warnings", "call told()", "select counted()",
                "do 0; show warnings", "begin; show errors", "use app; show warnings",
                .. side.IsMariaDb ? ["execute immediate 'show warnings'", "begin not atomic show errors; end"]
                    : Array.Empty<string>()])
            {
                // The one who asks comes to each server connection.
                await speaker.Query(left);
                var clients = new[] { await side.Open(), await side.Open(), await side.Open(),
                    await side.Open() };
                foreach (var client in clients)
                    await client.Query(asked);
                foreach (var client in clients)
                    await client.Quit();
            }
        }
    });

    [Theory, OnBoth]
    public Task A_count_of_anothers_rows_or_warnings_is_had_in_no_other_way(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var speaker = await side.Open();
        var client = await side.Open();
        await speaker.Query("select 1 union select 2 union select 3");
        Assert.Equal("0", (await client.Query("select /*!40000 found_rows() */")).Scalar);
        await client.Ask(0x1f);
        await speaker.Query("select cast('secret' as signed)");
        await client.Query("set @n = @@warning_count");
        Assert.NotEqual("1", (await client.Query("select @n")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_key_that_another_gave_is_not_taken_for_one_that_its_server_made(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(Table);
        await client.Query("create table u (id int auto_increment primary key)");
        Assert.Equal("OK(1 id 1)", (await client.Query("insert into t (a) values (5)")).Text);
        for (var i = 0; i < 6; i++)
        {
            await other.Query("insert into u values (1)");
            Assert.Equal("1", (await client.Query("select last_insert_id()")).Scalar);
            await other.Query("delete from u");
            Assert.Equal("1", (await client.Query("select @@identity")).Scalar);
        }
    });
}
