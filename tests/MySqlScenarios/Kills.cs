using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Relays;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// A KILL meets statements of the proxy's own, ahead of its victim's or behind it: it ends what it was meant
/// for, nothing else, and takes nothing from whoever comes next.
/// </summary>
public sealed class Kills(Grounds grounds) : Play(grounds)
{
    private const string One = "MaxConnections: 1, ConnectionBorrowTimeout: 20";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Theory, OnBoth]
    public Task A_statement_that_waits_to_be_prepared_is_killed(MySqlKind on) =>
        WithLockedTable(on, async (side, victim, statement) =>
    {
        var killer = await side.Open();
        var executing = statement.Execute();
        await Eventually.Holds(async () => await Preparing(on) == 1);
        var killed = killer.Query($"kill query {victim.Greeting.Id}");
        Assert.Equal("ERR(1317)", (await executing.WaitAsync(Soon)).Text);
        Assert.Equal("OK(0)", (await killed.WaitAsync(Soon)).Text);
        Assert.Equal(0, await Preparing(on));
        Assert.Equal("(1)", (await killer.Query("select 1")).Text);
        Assert.Equal("(2)", (await victim.Query("select 2")).Text);
    });

    [Theory, OnBoth]
    public Task What_is_prepared_for_a_client_that_vanishes_is_ended(MySqlKind on) =>
        WithLockedTable(on, async (side, victim, statement) =>
    {
        _ = statement.Execute();
        await Eventually.Holds(async () => await Preparing(on) == 1);
        victim.Vanish();
        await Eventually.Holds(async () => await Preparing(on) == 0, Soon);
        var next = await side.Open();
        Assert.Equal("(1)", (await next.Query("select 1")).Text);
    });

    [Theory, OnBoth]
    public Task A_kill_waits_for_what_was_sent_ahead_of_its_statement(MySqlKind on) =>
        WithHeldWords(on, async (side, held, _) =>
    {
        var (victim, other) = await WithTwoTimeZones(side);
        var killer = await side.Open();
        // What has led there once is sent ahead without waiting for its answer.
        Assert.Equal("(+05:00)", (await victim.Query("select @@time_zone")).Text);
        Assert.Equal("(+06:00)", (await other.Query("select @@time_zone")).Text);
        held.Await("+05:00");
        await victim.SendQuery("select sleep(50) as late");
        await held.Met;
        await killer.SendQuery($"kill query {victim.Greeting.Id}");
        await Heard(side);
        held.LetGo();
        Assert.Contains((await victim.Receive().WaitAsync(Soon)).Text, new[] { "ERR(1317)", "(1)" });
        Assert.Equal("OK(0)", (await killer.Receive().WaitAsync(Soon)).Text);
        Assert.Equal("(+05:00)", (await victim.Query("select @@time_zone")).Text);
        Assert.Equal("(+06:00)", (await other.Query("select @@time_zone")).Text);
    });

    [Theory, OnBoth]
    public Task A_statement_that_waits_for_its_sessions_variables_is_killed(MySqlKind on) =>
        WithHeldWords(on, async (side, held, _) =>
    {
        var (victim, other) = await WithTwoTimeZones(side);
        var killer = await side.Open();
        held.Await("+05:00");
        await victim.SendQuery("select sleep(50) as early");
        await held.Met;
        Assert.Equal("OK(0)", (await killer.Query($"kill query {victim.Greeting.Id}")).Text);
        Assert.Equal("ERR(1317)", (await victim.Receive().WaitAsync(Soon)).Text);
        await other.SendQuery("select @@time_zone");
        held.LetGo();
        Assert.Equal("(+06:00)", (await other.Receive().WaitAsync(Soon)).Text);
        Assert.Equal("(+05:00)", (await victim.Query("select @@time_zone")).Text);
    });

    [Theory, OnBoth]
    public Task Who_leaves_while_a_late_kill_is_caught_leaves_nothing(MySqlKind on) =>
        WithHeldWords(on, async (side, held, relay) =>
    {
        var victim = await side.Open();
        var killer = await side.Open();
        await Grounds.Of(on).Server.Execute(
            "create function app.f() returns int no sql begin set @secret = 'x'; return 1; end");
        await victim.Query("select 1");
        await victim.SendQuery("select f(), sleep(1)");
        await Eventually.Holds(async () => await Running(on, "select f(), sleep(1)%") == 1);
        relay.HoldNext();
        await killer.SendQuery($"kill query {victim.Greeting.Id}");
        Assert.Equal("(1|0)", (await victim.Receive()).Text);
        held.Await("DO 0");
        relay.ReleaseHeld();
        await held.Met;
        await victim.Quit();
        await Heard(side);
        held.LetGo();
        Assert.Equal("OK(0)", (await killer.Receive()).Text);
        var next = await side.Open();
        Assert.Equal("(~)", (await next.Query("select @secret")).Text);
    });

    [Theory, OnBoth]
    public Task What_a_statement_left_outlives_a_late_kill(MySqlKind on) =>
        WithHeldWords(on, async (side, _, relay) =>
    {
        var victim = await side.Open();
        var killer = await side.Open();
        await victim.Query("create table t (a int)");
        await victim.Query("insert into t values (1), (2), (3)");
        relay.HoldNext();
        await victim.SendQuery("update t set a = a + 1 where sleep(0.3) = 0");
        await Eventually.Holds(async () => await Running(on, "update t set%") == 1);
        await killer.SendQuery($"kill query {victim.Greeting.Id}");
        Assert.Equal("OK(3)", (await victim.Receive()).Text);
        await victim.SendQuery("select row_count()");
        await Heard(side);
        relay.ReleaseHeld();
        Assert.Equal("OK(0)", (await killer.Receive()).Text);
        Assert.Equal("(3)", (await victim.Receive()).Text);
    });

    [Theory, OnBoth]
    public Task What_a_killed_statement_says_of_itself_is_shown(MySqlKind on) =>
        WithHeldWords(on, async (side, _, _) =>
    {
        var victim = await side.Open();
        var killer = await side.Open();
        await victim.Query("create table t (a int)");
        await victim.Query("insert into t values (1), (2), (3)");
        await victim.SendQuery("update t set a = a + 1 where sleep(50) = 0");
        await Eventually.Holds(async () => await Running(on, "update t set%") == 1);
        Assert.Equal("OK(0)", (await killer.Query($"kill query {victim.Greeting.Id}")).Text);
        Assert.Equal("ERR(1317)", (await victim.Receive().WaitAsync(Soon)).Text);
        await killer.Query("select 1");
        // Where the KILL may have hit the question for it, nobody knows; never nothing.
        Assert.Matches("1317|1105", (await victim.Query("show warnings")).FullText);
    });

    /// <summary>The server connection is lent to the other, and has been both's.</summary>
    private static async Task<(ScriptedMySqlClient Victim, ScriptedMySqlClient Other)> WithTwoTimeZones(
        Side side)
    {
        var victim = await side.Open();
        var other = await side.Open();
        await victim.Query("set time_zone = '+05:00'");
        await other.Query("set time_zone = '+06:00'");
        Assert.Equal("(+06:00)", (await other.Query("select @@time_zone")).Text);
        return (victim, other);
    }

    /// <summary>What was sent to the proxy before has reached it.</summary>
    private static async Task Heard(Side side)
    {
        var last = await side.Open();
        for (var i = 0; i < 3; i++)
            await last.Ask(0x0e);
    }

    private async Task<long> Running(MySqlKind on, string like) => Convert.ToInt64(
        await Grounds.Of(on).Server.Execute("select count(*) from information_schema.processlist"
            + $" where info like '{like}' and user = 'app'"), CultureInfo.InvariantCulture);

    private async Task<long> Preparing(MySqlKind on) => Convert.ToInt64(
        await Grounds.Of(on).Server.Execute("select count(*) from information_schema.processlist"
            + " where command = 'Prepare' and user = 'app'"), CultureInfo.InvariantCulture);

    /// <summary>A client has prepared what the one server connection must prepare again, and can't: another
    /// wants to change the table, and waits for a third.</summary>
    private async Task WithLockedTable(
        MySqlKind on, Func<Side, ScriptedMySqlClient, ScriptedStatement, Task> play)
    {
        await using var proxy = await OwnProxy.Start(Grounds.Of(on).Server.Port, One);
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var victim = await side.Open();
            await victim.Query("create table t (a int)");
            var statement = await victim.Prepare("select a from t");
            await Boundaries.EmptyTheConnection(side);
            await using var reads = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct);
            await using var alters = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct);
            await reads.Query("begin");
            await reads.Query("select * from t");
            await alters.SendQuery("alter table t add b int");
            await Eventually.Holds(
                async () => await Running(on, "alter table t%' and state like '%lock") == 1);
            try
            {
                await play(side, victim, statement);
            }
            finally
            {
                await reads.Query("commit");
                await alters.Receive();
            }
        });
    }

    private async Task WithHeldWords(MySqlKind on, Func<Side, HeldWords, PassingRelay, Task> play)
    {
        using var held = new HeldWords();
        await using var relay = new PassingRelay(Grounds.Of(on).Server.Port, newChange: held.On);
        await using var proxy = await OwnProxy.Start(relay.Port, One, target: ", Tls: disable");
        try
        {
            await OnlyThrough(on, Ground.DoorTo(proxy), side => play(side, held, relay));
        }
        finally
        {
            held.LetGo();
        }
    }
}
