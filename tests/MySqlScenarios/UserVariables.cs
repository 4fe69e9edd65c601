using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Variables whose values only the server knows: what it tells of them follows, or pins.</summary>
public sealed class UserVariables(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task Whole_numbers_and_nothing_follow_their_client(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        // What MySqlConnector sends after a cancel.
        await client.Query("SELECT SLEEP(0) INTO @__MySqlConnector__Sleep;");
        await client.Query("select count(*), -7 * 3, null into @a, @B, @`c d`");
        await client.Query("set @d = (select max(5)), @e = 2 + 2");
        var prepared = await client.Prepare("select ? + 1 into @f");
        await prepared.Execute(41L);
        for (var round = 0; round < 2; round++)
        {
            await side.Disturb();
            Assert.Equal("(0|1|-21|~|5|4|42)", (await client.Query(
                "select @__MySqlConnector__Sleep, @a, @b, @`c d`, @d, @e, @f")).Text);
            // A variable that another had is NULL of another type than one that never was.
            Assert.Equal("(7)", (await other.Query("select isnull(@__MySqlConnector__Sleep) + isnull(@a) + "
                + "isnull(@b) + isnull(@`c d`) + isnull(@d) + isnull(@e) + isnull(@f) as n")).Text);
        }
        await client.Query("create table t as select @a as a");
        await client.Query("describe t");
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    });

    [Theory]
    [InlineData("select 'x' into @a")]
    [InlineData("select 1.5 into @a")]
    [InlineData("select cast(5 as unsigned) into @a")]
    [InlineData("set @a = concat('y', 1)")]
    [InlineData("set @a = 5e0")]
    [InlineData("set @a = current_timestamp()")]
    [InlineData("set @a = 1; select 2")]
    [InlineData("select @a := 7")]
    public async Task Others_keep_their_connection(string sql)
    {
        foreach (var on in new[] { MySqlKind.MariaDb, MySqlKind.MySql })
        {
            await OnlyThroughSento(on, async side =>
            {
                var client = await side.Open();
                Assert.Null((await client.Query(sql)).Error);
                var value = (await client.Query("select @a")).Scalar;
                await side.Disturb();
                Assert.Equal(value, (await client.Query("select @a")).Scalar);
                Assert.Contains("UserVariables", await Grounds.Of(on).Pins(), StringComparison.Ordinal);
                Assert.Equal("~", (await (await side.Open()).Query("select @a")).Scalar ?? "~");
                await client.Quit();
            });
        }
    }

    [Theory, OnBoth]
    public Task What_a_failed_statement_has_set_is_known_all_the_same(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1), (2)");
        await client.Query("set @a = 1");
        Assert.Equal("ERR(1172)", (await client.Query("select a into @a from t")).Text);
        await client.Query("select @a");
        await side.Disturb();
        await client.Query("select @a");
        Assert.NotNull((await client.Query("set @b = 2 + 3, @c = (select a from t)")).Error);
        await side.Disturb();
        await client.Query("select @a, @b, @c");
        await client.Query("begin");
        await client.Query("select 8 into @a");
        await client.Query("rollback");
        await side.Disturb();
        await client.Query("select @a");
    });
}
