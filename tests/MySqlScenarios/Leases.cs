using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// What a server keeps for one session keeps the server connection: with a reason, and until it ends.
/// </summary>
public sealed class Leases(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task A_temporary_table_until_it_is_dropped(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("create temporary table t (b int)");
        await client.Query("create temporary table if not exists app.u as select 5 as c");
        await Pinned(side, on, "TempTables");
        await side.Disturb();
        Assert.Equal("OK(1)", (await client.Query("insert into t (b) values (7)")).Text);
        Assert.Equal("(7)", (await client.Query("select b from t")).Text);
        Assert.Equal("ERR(1054)", (await other.Query("select b from t")).Text);
        Assert.Equal("ERR(1146)", (await other.Query("select * from u")).Text);
        await client.Query("drop temporary table t");
        Assert.Equal("", (await client.Query("select a from t")).Text);
        await Pinned(side, on, "TempTables");
        await client.Query("drop temporary table if exists `u`");
        await Unpinned(side, on);
        await client.Query("create temporary table v (a int)");
        await client.Quit();
        var next = await side.Open();
        Assert.Equal("ERR(1146)", (await next.Query("select * from v")).Text);
    });

    [Theory, OnBoth]
    public Task Locked_tables_until_they_are_unlocked(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("create table u (a int)");
        Assert.Equal("OK(0)", (await client.Query("lock tables t write")).Text);
        await Pinned(side, on, "TableLocks");
        await side.Disturb();
        Assert.Equal("ERR(1100)", (await client.Query("select * from u")).Text);
        Assert.Equal("OK(1)", (await client.Query("insert into t values (1)")).Text);
        await other.SendQuery("insert into t values (2)");
        await client.Query("unlock tables");
        Assert.Equal("OK(1)", (await other.Receive()).Text);
        await Unpinned(side, on);
        await client.Query("lock tables t read");
        await client.Quit();
        Assert.Equal("OK(1)", (await other.Query("insert into t values (3)")).Text);
    });

    [Theory, OnBoth]
    public Task Named_locks_until_all_are_released(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        Assert.Equal("1", (await client.Query("select get_lock('a', 0)")).Scalar);
        await Pinned(side, on, "NamedLocks");
        await side.Disturb();
        Assert.Equal("0", (await other.Query("select get_lock('a', 0)")).Scalar);
        Assert.Equal("0", (await other.Query("select release_lock('a')")).Scalar);
        Assert.Equal("1", (await client.Query("select get_lock('b', 0)")).Scalar);
        Assert.Equal("1", (await client.Query("select release_lock('a')")).Scalar);
        Assert.Equal("1", (await other.Query("select get_lock('a', 0)")).Scalar);
        var takes = await client.Prepare("select get_lock(?, 0)");
        Assert.Equal("(1)", (await takes.Execute("c")).Text);
        await side.Disturb();
        Assert.Equal("0", (await other.Query("select is_free_lock('c')")).Scalar);
        Assert.Equal("2", (await client.Query("select release_all_locks()")).Scalar);
        await client.Quit();
        await other.Quit();
        // The server gives a lock free once it has seen that its holder is gone.
        await using (var watcher = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct))
        {
            await Eventually.Holds(
                async () => (await watcher.Query("select is_free_lock('a')")).Scalar == "1");
        }
        var next = await side.Open();
        Assert.Equal("1|1|1", string.Join('|',
            (await next.Query("select is_free_lock('a'), is_free_lock('b'), "
                + "is_free_lock('c')")).Rows.First()));
    });

    [Theory, OnBoth]
    public Task A_named_lock_that_a_routine_or_a_comment_takes(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var statement in new[] { "call p()", "select /*!40000 get_lock('r', 0) */" })
        {
            var client = await side.Open();
            var other = await side.Open();
            await client.Query("drop table if exists t");
            await client.Query("create table t (a int)");
            await client.Query("drop procedure if exists p");
            await client.Query("create procedure p() do get_lock('r', 0)");
            Assert.Null((await client.Query(statement)).Error);
            await side.Disturb();
            Assert.Equal("0", (await other.Query("select is_free_lock('r')")).Scalar);
            Assert.Equal("0", (await other.Query("select release_lock('r')")).Scalar);
            Assert.Equal("1", (await client.Query("select release_lock('r')")).Scalar);
            await client.Query(statement);
            await client.Quit();
            await Eventually.Holds(async () => (await other.Query("do 0")).Error is null
                && (await other.Query("select is_free_lock('r')")).Scalar == "1");
            await other.Quit();
        }
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_table_opened_by_handler_until_it_is_closed(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int, key (a))");
        await client.Query("insert into t values (1), (2), (3)");
        Assert.Equal("OK(0)", (await client.Query("handler t open")).Text);
        await Pinned(side, on, "Handlers");
        Assert.Equal("(1)", (await client.Query("handler t read a first")).Text);
        await side.Disturb();
        Assert.Equal("(2)", (await client.Query("handler t read a next")).Text);
        await client.Query("handler t close");
        Assert.Equal("ERR(1109)", (await client.Query("handler t read a next")).Text);
    });

    [Theory, OnBoth]
    public Task A_statement_prepared_by_sql_until_it_is_deallocated(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("prepare s from 'select ? + 1'");
        await Pinned(side, on, "SqlPreparedStatement");
        await client.Query("set @a = 4");
        await side.Disturb();
        Assert.Equal("5", (await client.Query("execute s using @a")).Scalar);
        Assert.Equal("ERR(1243)", (await other.Query("execute s using @a")).Text);
        Assert.Equal("OK(0)", (await client.Query("deallocate prepare s")).Text);
        Assert.Equal("ERR(1243)", (await client.Query("execute s using @a")).Text);
        await Unpinned(side, on);
    });

    [Theory, OnBoth]
    public Task A_read_lock_on_everything_until_it_is_given_up(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open(side.Door.As("super", "secret"));
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("flush tables with read lock");
        await Pinned(side, on, "TableLocks");
        await other.SendQuery("insert into t values (1)");
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("unlock tables");
        Assert.Equal("OK(1)", (await other.Receive()).Text);
        await Unpinned(side, on);
        foreach (var statement in on == MySqlKind.MySql
            ? new[] { "lock instance for backup", "unlock instance" }
            : ["backup stage start", "backup stage end", "backup lock t", "backup unlock"])
            Assert.Null((await client.Query(statement)).Error);
        await client.Query("flush tables");
        await client.Query("flush status");
    });

    [Theory, OnBoth]
    public Task What_is_left_at_a_reset_is_gone(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create temporary table v (a int)");
        await client.Query("select get_lock('z', 0)");
        await client.Query("set @x = 1, @y := concat('a')");
        await client.Query("set session sql_mode = 'ANSI_QUOTES'");
        await client.Query("use other");
        await client.Query("begin");
        Assert.Equal("OK(0)", (await client.Ask(0x1f)).Text);
        await Unpinned(side, on);
        await side.Disturb();
        Assert.Equal("(other|~|~|1)", (await client.Query(
            "select database(), @x, @y, is_free_lock('z')")).Text);
        Assert.Equal("ERR(1146)", (await client.Query("select * from app.v")).Text);
        await client.Query("select @@sql_mode, last_insert_id(), @@collation_connection, "
            + "@@character_set_client");
        await client.Query("set session sort_buffer_size = 65536");
        Assert.Equal("OK(0)", (await client.Ask(0x1f)).Text);
        await client.Query("select @@sort_buffer_size");
    });

    private async Task Pinned(Side side, MySqlKind on, string reason)
    {
        if (!side.IsDirect)
            Assert.Contains($"{reason}", await Grounds.Of(on).Pins(), StringComparison.Ordinal);
    }

    private async Task Unpinned(Side side, MySqlKind on)
    {
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    }
}
