using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

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
            Assert.Equal("(~|~|~|~|~|~|~)", (await other.Query(
                "select @__MySqlConnector__Sleep, @a, @b, @`c d`, @d, @e, @f")).Text);
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
        Assert.Equal("ERR(1231)", (await client.Query("set @d = 5, sql_mode = 'nonsense'")).Text);
        await side.Disturb();
        await client.Query("select @d");
        await client.Query("begin");
        await client.Query("select 8 into @a");
        await client.Query("rollback");
        await side.Disturb();
        await client.Query("select @a");
    });

    [Theory, OnBoth]
    public Task Nothing_that_was_set_keeps_its_type_and_what_never_was_has_none(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        const string look = "select @a, @b, @c, @d, @e, @f, @never";
        await client.Query("create table t (a int)");
        await client.Query("set @a = null, @b = 5, @c = 1.5, @d = 'text'");
        await client.Query("set @b = null, @c = null, @d = null");
        await client.Query("set @e = (select max(a) from t)");
        await client.Query("select a from t into @f");
        for (var round = 0; round < 3; round++)
        {
            await side.Disturb();
            await other.Query(look);
            await client.Query(look);
            await client.Query("select collation(@a), collation(@b), collation(@c), collation(@d)");
            await other.Query("set @never = 7");
            await other.Query("set @a = 'other', @d = 8, @c = null");
        }
        await client.Query("create table u as select @a as a, @b as b, @c as c, @d as d, @e as e");
        await client.Query("describe u");
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    });

    [Theory, OnBoth]
    public Task A_variable_emptied_by_a_statement_that_fails_keeps_its_type_and_pins_nobody(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("set names latin1");
        await client.Query("set @d = 'x'");
        await client.Query("set names utf8mb4");
        await client.Query("set @a = 1.5, @b = -2.5, @c = 'text', @e = 7");
        Assert.Equal("ERR(1172)", (await client.Query("select null, null, null, null, null"
            + " from (select 1 union select 2) x into @a, @b, @c, @d, @e")).Text);
        for (var round = 0; round < 2; round++)
        {
            await side.Disturb();
            await client.Query("select @a, @b, @c, @d, @e, collation(@c), collation(@d)");
        }
        await client.Query("create table u as select @a as a, @b as b, @c as c, @d as d, @e as e");
        await client.Query("describe u");
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    });

    [Theory, OnBoth]
    public Task A_text_that_is_no_sql_has_set_nothing(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("set @a = 1");
        Assert.Equal("ERR(1064)", (await client.Query("set @a = 2, @b = 3, nonsense")).Text);
        await side.Disturb();
        Assert.Equal("(1|~)", (await client.Query("select @a, @b")).Text);
        Assert.Equal("OK(0) ERR(1064)", (await client.Query("set @c = 4; nonsense")).Text);
        await side.Disturb();
        Assert.Equal("4", (await client.Query("select @c")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_text_that_is_no_sql_right_behind_a_variable_leaves_it_to_its_client(MySqlKind on) =>
        Compare(on, async side =>
    {
        for (var round = 0; round < 20; round++)
        {
            var client = await side.Open();
            var others = new[] { await side.Open(), await side.Open(), await side.Open(), await side.Open() };
            // Sent before Sento has heard what the variable is.
            await client.SendQuery("set @secret = concat('s', 3)");
            var first = client.Receive();
            await first;
            await client.SendQuery("selec");
            Assert.Equal("ERR(1064)", (await client.Receive()).Text);
            foreach (var other in others)
                Assert.Null((await other.Query("select @secret")).Scalar);
            Assert.Equal("s3", (await client.Query("select @secret")).Scalar);
            await client.Quit();
            foreach (var other in others)
                await other.Quit();
        }
    });

    [Theory, OnBoth]
    public Task What_a_function_sets_beside_its_statement_is_nobody_elses(MySqlKind on) =>
        Compare(on, async side =>
    {
        var maker = await side.Open();
        await maker.Query("create function hides() returns int deterministic begin"
            + " set @hidden = 'secret'; return 65536; end");
        await maker.Quit();
        foreach (var way in (string[])[
            "select hides()", "set sort_buffer_size = hides()", "set @a = app.hides(), @b = 5",
            "select `hides`() into @a", "set sort_buffer_size = 65536; select hides()",
            "begin/set sort_buffer_size = 65536/select hides()/commit"])
        {
            var client = await side.Open();
            foreach (var statement in way.Split('/'))
                await client.Query(statement);
            var others = new[] { await side.Open(), await side.Open(), await side.Open() };
            foreach (var other in others)
                await other.Query("begin");
            foreach (var other in others)
                await other.Query("select @hidden");
            await client.Query("select @hidden");
            foreach (var other in others)
                await other.Quit();
            await client.Quit();
        }
    });

    [Theory, OnBoth]
    public Task What_is_prepared_makes_variables_for_its_client_alone(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        var sets = await client.Prepare("set @a = ?");
        await side.Disturb();
        await other.Query("select @a");
        await client.Query("select @a");
        await sets.Execute(7L);
        for (var i = 0; i < 5; i++)
        {
            await side.Disturb();
            await other.Query("select @a");
            await client.Query("select @a");
        }
        var second = await other.Prepare("set @a = ?");
        await side.Disturb();
        await other.Query("select @a");
        await client.Query("select @a");
        await second.Execute("text");
        await client.Query("select @a");
    });

    [Theory, OnBoth]
    public Task What_a_files_rows_set_and_a_document_holds_is_its_clients_alone(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open(side.Door.With(MySqlFlags.LocalFiles));
        var other = await side.Open();
        await client.Query("create table t (a int)");
        Assert.Equal("FILE f", (await client.Query(
            "load data local infile 'f' into table t (@row) set a = @row + 1")).Text);
        Assert.Equal("OK(2)", (await client.SendFile("41\n42\n"u8.ToArray())).Text);
        await client.Query("set @doc = '[{\"a\": 5}, {\"a\": 6}]'");
        for (var round = 0; round < 3; round++)
        {
            await side.Disturb();
            Assert.Null((await other.Query("select @row")).Scalar);
            Assert.Equal("42", (await client.Query("select @row")).Scalar);
            await side.Disturb();
            Assert.Equal("(5) (6)", (await client.Query(
                "select a from json_table(@doc, '$[*]' columns (a int path '$.a')) as d")).Text);
            Assert.Null((await other.Query("select @doc")).Scalar);
        }
    });
}
