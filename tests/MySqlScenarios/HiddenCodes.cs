using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// Routines, triggers and views that do what no text of a client shows: the catalog tells, and the connection
/// stays with whoever has used them.
/// </summary>
public sealed class HiddenCodes(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public async Task A_named_lock_that_a_function_takes_is_its_callers_alone(MySqlKind on)
    {
        foreach (var statement in new[]
        {
            "select f()", "select g()", "select G()", "select `app`.`g`() from dual", "select * from v",
            "do g()", "set @a = g()", "insert into t values (1)", "insert into w values (1)",
            "prepare s from 'select g()'; execute s",
        })
        {
            await Compare(on, async side =>
            {
                var client = await side.Open();
                var other = await side.Open();
                // By another client: making it must not be what pins.
                var maker = await side.Open();
                await Define(maker);
                await maker.Ask(0x1f);
                await maker.Query("do 0");
                await side.Disturb();
                foreach (var part in statement.Split("; "))
                    Assert.Null((await client.Query(part)).Error);
                await Held(side, on, client, other);
            }, comparesTranscripts: false);
        }
    }

    [Theory, OnBoth]
    public Task Statements_prepared_before_the_code_was_made_are_read_again(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        var inserts = await client.Prepare("insert into t values (?)");
        await inserts.Execute(1);
        await Unpinned(side, on);
        // As another user: each has a pool of server connections of its own.
        var maker = await side.Open(side.Door.As("super", "secret"));
        Assert.Null((await maker.Query("create definer = app trigger r before insert on t for each row"
            + " do get_lock('r', 0)")).Error);
        await inserts.Execute(2);
        await Held(side, on, client, other);
        await client.Query("drop trigger r");
        await inserts.Execute(3);
        await Unpinned(side, on);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task Code_that_its_user_may_not_read_is_not_trusted(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        var maker = await side.Open(side.Door.As("super", "secret"));
        Assert.Null((await maker.Query("create function f() returns int return get_lock('r', 0)")).Error);
        Assert.Null((await client.Query("select f()")).Error);
        if (!side.IsDirect)
            Assert.Contains("HiddenState", await Grounds.Of(on).Pins(), StringComparison.Ordinal);
        await side.Disturb();
        Assert.Equal("0", (await other.Query("select is_free_lock('r')")).Scalar);
        Assert.Equal("1", (await client.Query("select release_lock('r')")).Scalar);
        await client.Ask(0x1f);
        await client.Query("do 0");
        await Unpinned(side, on);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_variable_that_a_function_sets_is_nobody_elses(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        Assert.Null((await other.Query("create function f() returns int begin"
            + " set @@sort_buffer_size = 77824; return 1; end")).Error);
        Assert.Equal("1", (await client.Query("select f()")).Scalar);
        await side.Disturb();
        Assert.NotEqual("77824", (await other.Query("select @@sort_buffer_size")).Scalar);
        Assert.Equal("77824", (await client.Query("select @@sort_buffer_size")).Scalar);
    });

    [Theory, OnBoth]
    public Task Functions_that_ask_for_rows_hear_nothing_of_anothers(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        Assert.Null((await client.Query("create function f() returns bigint return found_rows()")).Error);
        await client.Query("do 0");
        await side.Disturb();
        Assert.NotEqual("2", (await client.Query("select f()")).Scalar);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task Whoever_holds_locked_tables_or_xa_goes_on_while_code_changes(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        // First: what the plays before had defined was dropped past the proxy.
        await other.Query("create function f() returns int return 1");
        await client.Query("create table t (a int)");
        await client.Query("lock tables t write");
        await other.Query("create function g() returns int return 2");
        Assert.Equal("OK(1)", (await client.Query("insert into t values (1)")).Text);
        await client.Query("unlock tables");
        await Unpinned(side, on);
        await client.Query("xa start 'x'");
        await client.Query("insert into t values (2)");
        await client.Query("xa end 'x'");
        await other.Query("drop function f");
        Assert.Equal("(2)", (await client.Query("select g()")).Text);
        Assert.Equal("ERR(1399)", (await client.Query("insert into t values (3)")).Text);
        Assert.Equal("OK(0)", (await client.Query("xa rollback 'x'")).Text);
        Assert.Equal("(1)", (await client.Query("select count(*) from t")).Text);
    });

    [Theory, OnBoth]
    public async Task A_kill_does_not_wait_for_a_connection_that_could_read_the_code(MySqlKind on)
    {
        await using var proxy = await OwnProxy.Start(Grounds.Of(on).Server.Port, "MaxConnections: 3");
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var maker = await side.Open(side.Door.As("super", "secret"));
            await maker.Query("select get_lock('mine', 0)");
            var sleepers = new[] { await side.Open(), await side.Open() };
            foreach (var sleeper in sleepers)
                await sleeper.SendQuery("select sleep(100), 1");
            await Eventually.Holds(async () => Convert.ToInt32(
                await Grounds.Of(on).Server.Execute("select count(*) from information_schema.processlist"
                    + " where info like 'select sleep(100)%'"), CultureInfo.InvariantCulture) == 2);
            Assert.Null((await maker.Query("create function f() returns int return 1")).Error);
            var killer = await side.Open();
            await killer.Query($"kill query {sleepers[0].Greeting.Id}");
            await sleepers[0].Receive();
            await killer.Query($"kill query {sleepers[1].Greeting.Id}");
            await sleepers[1].Receive();
            Assert.Equal("1", (await killer.Query("select f()")).Scalar);
        });
    }

    [Theory, OnBoth]
    public Task A_client_whose_limits_end_the_question_is_not_trusted(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("set session max_join_size = 1, session sql_big_selects = 0");
        await client.Query("create function f() returns int return get_lock('r', 0)");
        Assert.Equal("1", (await client.Query("select f()")).Scalar);
        Assert.NotEqual("[]", await Grounds.Of(on).Pins());
        // While nothing is trusted a KILL is one all the same.
        Assert.Equal("OK(0)", (await other.Query($"kill query {client.Greeting.Id}")).Text);
        await side.Disturb();
        Assert.Equal("0", (await other.Query("select release_lock('r')")).Scalar);
        Assert.Equal("1", (await client.Query("select release_lock('r')")).Scalar);
        await client.Ask(0x1f);
        await client.Query("do 0");
    });

    [Theory, OnBoth]
    public Task Code_that_hides_nothing_pins_nobody(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        foreach (var statement in new[]
        {
            "create function f(a int) returns int return a + 1", "create table t (a int)",
            "create view v as select f(a) as b from t",
            "create trigger r before insert on t for each row set new.a = f(new.a)",
        })
            Assert.Null((await client.Query(statement)).Error);
        await side.Disturb();
        Assert.Equal("OK(1)", (await client.Query("insert into t values (5)")).Text);
        Assert.Equal("(7)", (await client.Query("select * from v")).Text);
        await Unpinned(side, on);
    });

    /// <summary>f takes a lock; g uses f; v, t and w use g.</summary>
    private static async Task Define(ScriptedMySqlClient client)
    {
        foreach (var statement in new[]
        {
            "create table t (a int)", "create function f() returns int return get_lock('r', 0)",
            "create function g() returns int begin declare taken int; set taken = `f`(); return taken; end",
            "create view v as select g() as a",
            "create trigger r before insert on t for each row set new.a = g()",
            "create view w as select a from t",
        })
        {
            if ((await client.Query(statement)).Error is { } error)
                throw new InvalidOperationException($"{statement}: {error.Message}");
        }
    }

    /// <summary>The client holds the lock, nobody else does, and it can give it up.</summary>
    private async Task Held(Side side, MySqlKind on, ScriptedMySqlClient client, ScriptedMySqlClient other)
    {
        if (!side.IsDirect)
            Assert.Contains("NamedLocks", await Grounds.Of(on).Pins(), StringComparison.Ordinal);
        await side.Disturb();
        Assert.Equal("0", (await other.Query("select is_free_lock('r')")).Scalar);
        Assert.Equal("0", (await other.Query("select release_lock('r')")).Scalar);
        Assert.Equal("1", (await client.Query("select release_lock('r')")).Scalar);
        await client.Query("do release_all_locks()");
        await client.Ask(0x1f);
        await client.Query("do 0");
        await Unpinned(side, on);
    }

    private async Task Unpinned(Side side, MySqlKind on)
    {
        if (!side.IsDirect)
            Assert.True(await Grounds.Of(on).Pins() == "[]", await Grounds.Of(on).Pins());
    }
}
