using System.Text;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Statements prepared by the binary protocol: shared, brought along, never a pin.</summary>
public sealed class Prepared(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task A_statement_runs_wherever_its_client_is(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (id int primary key, s varchar(20), d datetime, f double)");
        var insert = await client.Prepare("insert into t values (?, ?, '2020-02-03 04:05:06', ?)");
        var select = await client.Prepare("select * from t where id = ? or s = ? order by id");
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal("OK(1)", (await insert.Execute(i, i == 3 ? null : $"s{i}", 1.5 * i)).Text);
            await side.Disturb();
            await select.Execute((long)i, "s1");
        }
        await client.Query("insert into t (id) values (9)");
        await select.Execute(null, null);
        await select.Close();
        Assert.Equal("ERR(1243)", (await select.Execute(1, "a")).Text.Replace("1210", "1243"));
        Assert.Equal("ERR(1062)", (await insert.Execute(1, "x", 0.0)).Text);
    });

    [Theory, OnBoth]
    public Task Types_sent_once_hold_on_every_connection(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        var sum = await client.Prepare("select ? + ?, ?");
        Assert.Equal("(3|x)", (await sum.Execute(1, 2, "x")).Text);
        for (var round = 0; round < 4; round++)
        {
            await side.Disturb();
            Assert.Equal("(7|y)", (await sum.Execute([3, 4, "y"], sendsTypes: false)).Text);
            var others = await other.Prepare("select ? + ?, ?");
            Assert.Equal("(2|~)", (await others.Execute(1.5, 0.5, null)).Text);
            await others.Close();
        }
        var fresh = await client.Prepare("select ?");
        Assert.NotNull((await fresh.Execute([1], sendsTypes: false)).Error);
    });

    [Theory, OnBoth]
    public Task What_cannot_be_prepared_says_why(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        Assert.Equal("ERR(1064)", (await client.Prepare("selec 1")).Reply.Text);
        Assert.Equal("ERR(1146)", (await client.Prepare("select * from nowhere")).Reply.Text);
        Assert.NotNull((await client.Prepare("select 1; select 2")).Reply.Error);
        Assert.Equal("ERR(1065)", (await client.Prepare("")).Reply.Text);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_cursor_is_read_piece_by_piece_between_other_commands(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int primary key)");
        await client.Query("insert into t values (1), (2), (3), (4), (5)");
        foreach (var hasEof in new[] { false, true })
        {
            var reader = await side.Open(hasEof ? side.Door.Without(MySqlFlags.DeprecateEof) : side.Door);
            var select = await reader.Prepare("select a from t where a > ? order by a");
            var opened = await select.Open(1);
            Assert.Equal(0x40, opened.Ok!.Status & 0x40);
            Assert.Equal("(2) (3)", (await select.Fetch(2)).Text);
            await side.Disturb();
            Assert.Equal("1", (await reader.Query("select 1")).Scalar);
            await reader.Ask(0x0e);
            Assert.Equal("(4)", (await select.Fetch(1)).Text);
            Assert.Equal("(5)", (await select.Fetch(5)).Text);
            Assert.NotNull((await select.Fetch(1)).Error);
            await select.Open(3);
            Assert.Equal("(4)", (await select.Fetch(1)).Text);
            Assert.Equal("OK(0)", (await select.Reset()).Text);
            Assert.NotNull((await select.Fetch(1)).Error);
            await select.Open(4);
            await select.Close();
            // Again without a cursor, and with a cursor that nobody reads.
            var again = await reader.Prepare("select a from t where a > ? order by a");
            Assert.Equal("(4) (5)", (await again.Execute(3)).Text);
            await again.Open(0);
        }
        Assert.Equal("5", (await client.Query("select count(*) from t")).Scalar);
    });

    [Theory, OnBoth]
    public Task Two_cursors_of_the_same_text_do_not_disturb_each_other(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int primary key)");
        await client.Query("insert into t values (1), (2), (3)");
        var first = await client.Prepare("select a from t where a >= ? order by a");
        var second = await client.Prepare("select a from t where a >= ? order by a");
        await first.Open(1);
        await second.Open(2);
        Assert.Equal("(1)", (await first.Fetch(1)).Text);
        Assert.Equal("(2)", (await second.Fetch(1)).Text);
        Assert.Equal("(2)", (await first.Fetch(1)).Text);
        await second.Close();
        Assert.Equal("(3)", (await first.Fetch(1)).Text);
        var third = await client.Prepare("select a from t where a >= ? order by a");
        Assert.Equal("(3)", (await third.Execute(3)).Text);
        Assert.Equal("", (await first.Fetch(1)).Text);
    });

    [Theory, OnBoth]
    public Task Long_data_of_any_length_reaches_its_statement(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (id int primary key, b longblob)");
        var insert = await client.Prepare("insert into t values (?, ?)");
        var id = 0;
        foreach (var pieces in new[] { 0, 1, 3, 40 })
        {
            await side.Disturb();
            if (pieces == 0)
                await insert.SendLong(1, []);
            for (var i = 0; i < pieces; i++)
                await insert.SendLong(1, Encoding.ASCII.GetBytes(new string((char)('a' + i % 26), 300_000)));
            Assert.Equal("OK(1)", (await insert.Execute(++id, new LongData())).Text);
        }
        await client.Query("select id, length(b), md5(b) from t order by id");
        await insert.SendLong(1, "forgotten"u8.ToArray());
        Assert.Equal("OK(0)", (await insert.Reset()).Text);
        Assert.Equal("OK(1)", (await insert.Execute(50, "kept")).Text);
        await insert.SendLong(1, "again"u8.ToArray());
        await insert.Close();
        await side.Disturb();
        Assert.Equal("kept", (await client.Query("select b from t where id = 50")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_table_that_changes_between_two_executes_shows_its_new_columns(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1)");
        var select = await client.Prepare("select * from t");
        Assert.Equal("(1)", (await select.Execute()).Text);
        await other.Query("alter table t add column b int default 7");
        Assert.Equal("(1|7)", (await select.Execute()).Text);
        await side.Disturb();
        Assert.Equal("(1|7)", (await select.Execute()).Text);
        var again = await client.Prepare("select * from t");
        Assert.Equal("(1|7)", (await again.Execute()).Text);
        await other.Query("drop table t");
        Assert.Equal("ERR(1146)", (await again.Execute()).Text);
        await other.Query("create table t (c varchar(5))");
        Assert.Equal("", (await again.Execute()).Text);
        await other.Query("insert into t values ('x')");
        Assert.Equal("(x)", (await select.Execute()).Text);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task The_same_text_under_another_mode_or_schema_is_another_statement(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("create table other.t (b int, c int)");
        await client.Query("insert into t values (1)");
        await client.Query("insert into other.t values (2, 3)");
        var here = await client.Prepare("select * from t");
        await client.Query("use other");
        var there = await client.Prepare("select * from t");
        await side.Disturb();
        Assert.Equal("(1)", (await here.Execute()).Text);
        Assert.Equal("(2|3)", (await there.Execute()).Text);
        await client.Query("set sql_mode = 'ANSI_QUOTES'");
        var quoted = await client.Prepare("select \"b\" from t");
        await client.Query("set sql_mode = ''");
        var text = await client.Prepare("select \"b\" from t");
        await side.Disturb();
        Assert.Equal("(2)", (await quoted.Execute()).Text);
        Assert.Equal("(b)", (await text.Execute()).Text);
        Assert.Equal("other", (await client.Query("select database()")).Scalar);
    });

    [Theory, OnBoth]
    public Task Many_clients_with_one_text_share_what_the_server_prepares(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        await using var watcher = await ScriptedMySqlClient.Open(Grounds.Of(on).Server.Door());
        var before = await Prepares(watcher);
        for (var i = 0; i < 60; i++)
        {
            var client = await side.Open();
            var statement = await client.Prepare("select 'shared', ?");
            Assert.Equal($"(shared|{i})", (await statement.Execute(i)).Text);
            if (i % 2 == 0)
                await statement.Close();
            await client.Quit();
        }
        // Once for each of four connections, and a few more that lost their place to another text.
        Assert.InRange(await Prepares(watcher) - before, 1, 20);
    });

    [Theory, OnBoth]
    public Task More_statements_than_the_server_keeps_are_all_of_use(MySqlKind on) =>
        KeepingTwenty(on, async () =>
    {
        var server = Grounds.Of(on).Server;
        await using var direct = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct);
        var refused = 0;
        for (var i = 0; i < 30; i++)
            refused += (await direct.Prepare($"select {i}, ?")).Reply.Error?.Code == 1461 ? 1 : 0;
        Assert.True(refused >= 10, "the server takes them all");
        await direct.Quit();

        await using var one = await OwnProxy.Start(server.Port, "MaxConnections: 1");
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(one));
        var statements = new List<ScriptedStatement>();
        for (var i = 0; i < 30; i++)
            statements.Add(await client.Prepare($"select {i}, ?"));
        for (var i = 0; i < 60; i++)
            Assert.Equal($"({i % 30}|{i})", (await statements[i % 30].Execute(i)).Text);
        Assert.InRange(Convert.ToInt64((await server.Execute(
            "select variable_value from performance_schema.global_status"
            + " where variable_name = 'Prepared_stmt_count'")) ?? 0,
            System.Globalization.CultureInfo.InvariantCulture), 0, 20);
    });

    [Theory, OnBoth]
    public Task Where_others_have_used_a_server_up_room_is_made_of_what_is_not_used(MySqlKind on) =>
        KeepingTwenty(on, async () =>
    {
        await using var others = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct);
        async Task UseUp()
        {
            while ((await others.Prepare("select ?, 'others'")).Reply.Error is null)
                ;
        }
        await using var one = await OwnProxy.Start(Grounds.Of(on).Server.Port, "MaxConnections: 1");
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(one));
        await client.Query("create table once (a int)");
        var statements = new List<ScriptedStatement>();
        for (var i = 0; i < 10; i++)
            statements.Add(await client.Prepare($"insert into once values (? * 100 + {i})"));
        await UseUp();
        // What the client prepares itself, and then what is prepared for it.
        statements.Add(await client.Prepare("insert into once values (? * 100 + 10)"));
        for (var i = 0; i < 22; i++)
        {
            await UseUp();
            Assert.Equal("OK(1)", (await statements[i % 11].Execute(i)).Text);
        }
        Assert.Equal("22", (await client.Query("select count(distinct a) from once")).Scalar);
        Assert.Equal("22", (await client.Query("select count(*) from once")).Scalar);
        // Without anything to give up, the server's own error says which setting it is.
        await using var fresh = await OwnProxy.Start(Grounds.Of(on).Server.Port, "MaxConnections: 1");
        await using var late = await ScriptedMySqlClient.Open(Ground.DoorTo(fresh));
        await UseUp();
        var refused = (await late.Prepare("select ?")).Reply.Error;
        Assert.Equal(1461, refused?.Code);
        Assert.Contains("max_prepared_stmt_count", refused!.Message, StringComparison.Ordinal);
        Assert.Equal("1", (await late.Query("select 1")).Scalar);
    });

    /// <summary>A server that keeps 20 prepared statements, none of which is of a play before.</summary>
    private async Task KeepingTwenty(MySqlKind on, Func<Task> play)
    {
        var server = Grounds.Of(on).Server;
        var most = await server.Execute("select @@max_prepared_stmt_count");
        await Grounds.Of(on).Clean();
        // Connections of the plays before may keep statements.
        var others = $"{await server.Execute("select group_concat(id) from information_schema.processlist"
            + " where user = 'app'")}";
        foreach (var id in others.Split(',', StringSplitOptions.RemoveEmptyEntries))
            await server.Execute($"kill {id}");
        await Eventually.Holds(async () => others.Length == 0 || $"{await server.Execute(
            $"select count(*) from information_schema.processlist where id in ({others})")}" == "0");
        await server.Execute("set global max_prepared_stmt_count = 20");
        try
        {
            await play();
        }
        finally
        {
            await server.Execute($"set global max_prepared_stmt_count = {most}");
        }
    }

    [Theory, On(MySqlKind.MariaDb)]
    public Task A_client_may_execute_the_statement_it_prepared_last_without_its_number(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.SendCommand([0x16, .. "select 5"u8]);
        await client.Receive(MySqlShape.Prepare);
        await client.SendCommand(MySqlBytes.Command(0x17).Int(0xffff_ffff, 4).Byte(0).Int(1, 4).ToArray());
        Assert.Equal("(5)", (await client.Receive(MySqlShape.Binary)).Text);
    });

    private static async Task<long> Prepares(ScriptedMySqlClient watcher) => long.Parse(
        (await watcher.Query("show global status like 'Com_stmt_prepare'")).Rows.Single()[1]!,
        System.Globalization.CultureInfo.InvariantCulture);
}
