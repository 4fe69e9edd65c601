using Sento.Tests.Support.Databases;

namespace Sento.Tests.MySqlScenarios;

/// <summary>SET TRANSACTION travels with its client to the next transaction, and no further.</summary>
public sealed class NextTransactions(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task What_is_set_for_the_next_transaction_pins_nobody(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1)");
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("OK(0)", (await client.Query(
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;")).Text);
            Assert.Equal("OK(0)", (await client.Query("/* again */ set transaction read only")).Text);
            await Unpinned(side, on);
            await side.Disturb();
            await other.Query("begin");
            Assert.Equal("OK(1)", (await other.Query("update t set a = a + 1")).Text);
            await other.Query("commit");
            await client.Query("start transaction");
            await client.Query("select a from t");
            await other.Query("update t set a = a + 10");
            await client.Query("select a from t");
            Assert.Equal("ERR(1792)", (await client.Query("insert into t values (9)")).Text);
            await client.Query("commit");
            await Unpinned(side, on);
            await side.Disturb();
            Assert.Equal("OK(1)", (await client.Query("update t set a = 1")).Text);
        }
        await client.Query("begin");
        Assert.Equal("ERR(1568)", (await client.Query("set transaction read only")).Text);
        await client.Query("rollback");
        await client.Query("set transaction isolation level serializable, isolation level serializable");
        await client.Query("set transaction isolation level none");
    });

    [Theory, OnBoth]
    public Task Statements_before_the_transaction_leave_it_to_come(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("set transaction read only");
        await client.Query("select 1");
        await side.Disturb();
        await client.Query("set session time_zone = '+01:00'");
        await side.Disturb();
        await client.Query("begin");
        Assert.Equal("ERR(1792)", (await client.Query("insert into t values (1)")).Text);
        await client.Query("rollback");
        await client.Query("set transaction read only");
        Assert.Equal("OK(0) OK(0)", (await client.Query("begin; commit")).Text);
        await Unpinned(side, on);
        Assert.Equal("OK(1)", (await client.Query("insert into t values (1)")).Text);
        await client.Query("set transaction read only");
        await client.Ask(0x1f);
        Assert.Equal("OK(1)", (await client.Query("insert into t values (2)")).Text);
    });

    [Theory, OnBoth]
    public Task A_client_that_leaves_before_its_transaction_leaves_nothing(MySqlKind on) =>
        Compare(on, async side =>
    {
        var keeper = await side.Open();
        await keeper.Query("create table t (a int)");
        for (var round = 0; round < 5; round++)
        {
            var client = await side.Open();
            await client.Query("set transaction read only");
            if (round % 2 == 0)
                await client.Query("select 1");
            await client.Quit();
            await keeper.Query("begin");
            Assert.Equal("OK(1)", (await keeper.Query("insert into t values (1)")).Text);
            await keeper.Query("commit");
        }
    });

    [Theory, OnBoth]
    public Task What_is_set_right_behind_a_transaction_is_not_that_transactions(MySqlKind on) =>
        Compare(on, async side =>
    {
        var others = new[] { await side.Open(), await side.Open(), await side.Open(), await side.Open() };
        await others[0].Query("create table t (a int)");
        var variable = side.IsMariaDb ? "@@tx_read_only" : "@@transaction_read_only";
        for (var round = 0; round < 20; round++)
        {
            var client = await side.Open();
            await client.Query($"set {variable} = 0");
            await client.Query("begin");
            await client.Query("select 5 into @a");
            await client.SendQuery("commit");
            await client.Receive();
            // Sento asks what the variable is now.
            Assert.Null((await client.Query($"set {variable} = 1")).Error);
            foreach (var other in others)
                Assert.Equal("OK(1)", (await other.Query("insert into t values (1)")).Text);
            Assert.Equal("ERR(1792)", (await client.Query("insert into t values (2)")).Text);
            await client.Quit();
        }
    });

    [Theory, OnBoth]
    public Task What_is_no_sql_pins_nobody_and_what_runs_code_does(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        foreach (var text in new[] { "nonsense", "selec 1", "set time_zone", "create temporary table",
            "lock tables", "handler", "prepare s from 'nonsense'" })
        {
            Assert.Equal("ERR(1064)", (await client.Query(text)).Text);
            await Unpinned(side, on);
        }
        Assert.Equal("(1) ERR(1064)", (await client.Query("select 1; nonsense")).Text);
        await client.Query("create procedure p() begin do get_lock('p', 0);"
            + " prepare s from 'nonsense'; end");
        Assert.Equal("ERR(1064)", (await client.Query("call p()")).Text);
        await side.Disturb();
        Assert.Equal("1", (await client.Query("select release_lock('p')")).Scalar);
    });

    [Theory, OnBoth]
    public Task Warnings_are_asked_for_in_the_same_breath(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        for (var round = 0; round < 20; round++)
        {
            // Sent before the answer to the first: the proxy's own question about it is on its way.
            await client.SendQuery("select cast('x' as signed)");
            var warned = client.Receive();
            Assert.Equal("(0)", (await warned).Text);
            Assert.Contains("1292", (await client.Query("show warnings")).Text, StringComparison.Ordinal);
            Assert.Equal("1", (await client.Query("show count(*) warnings")).Scalar);
            await client.Query("selec");
            Assert.Contains("1064", (await client.Query("show errors")).Text, StringComparison.Ordinal);
        }
    });

    private async Task Unpinned(Side side, MySqlKind on)
    {
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    }
}
