using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>The commands besides statements: each answered as the server does.</summary>
public sealed class Commands(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task Ping_option_statistics_and_what_is_unknown(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open(side.Door.Without(MySqlFlags.MultiStatements));
        Assert.Equal("OK(0)", (await client.Ask(0x0e)).Text);
        Assert.Equal("ERR(1064)", (await client.Query("select 1; select 2")).Text);
        await client.Query("select * from information_schema.engines limit 0");
        await client.Ask(0x1b, [0, 0]);
        Assert.Equal("(1) (2)", (await client.Query("select 1; select 2")).Text);
        await side.Disturb();
        Assert.Equal("(1) (2)", (await client.Query("select 1; select 2")).Text);
        await client.Ask(0x1b, [1, 0]);
        await side.Disturb();
        Assert.Equal("ERR(1064)", (await client.Query("select 1; select 2")).Text);
        await client.Query("select * from information_schema.engines limit 0");
        Assert.Equal("ERR(1047)", (await client.Ask(0x60)).Text);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task Statistics_are_a_line_of_text(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var line = (await client.Ask(0x09, "", MySqlShape.Statistics)).Text;
        Assert.StartsWith("Uptime: ", line, StringComparison.Ordinal);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task The_fields_of_a_table(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (id int primary key, s varchar(20) default 'x')");
        Assert.Contains("FIELD", (await client.Ask(0x04, "t\0", MySqlShape.FieldList)).FullText,
            StringComparison.Ordinal);
        await client.Ask(0x04, "t\0s%", MySqlShape.FieldList);
        Assert.Equal("ERR(1146)", (await client.Ask(0x04, "nowhere\0", MySqlShape.FieldList)).Text);
        var old = await side.Open(side.Door.Without(MySqlFlags.DeprecateEof));
        await old.Ask(0x04, "t\0", MySqlShape.FieldList);
        Assert.Equal("1", (await old.Query("select 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task Another_user_on_the_same_connection(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("set @x = concat('a'), @y = 1, sql_mode = 'ANSI_QUOTES'");
        await client.Query("create temporary table v (a int)");
        await client.Query("begin");
        var changed = await client.ChangeUser(client.Door.As("super",
            "secret").To("other") with { Charset = 8 });
        Assert.Equal("OK(0)", changed.Text);
        await side.Disturb();
        Assert.StartsWith("super@", (await client.Query("select user()")).Scalar, StringComparison.Ordinal);
        Assert.Equal("(other|~|~)", (await client.Query("select database(), @x, @y")).Text);
        await client.Query("select @@character_set_client, @@collation_connection, @@sql_mode");
        Assert.Equal("ERR(1146)", (await client.Query("select * from app.v")).Text);
        Assert.Equal("OK(0)", (await client.ChangeUser(client.Door.As("app", "secret").To(""))).Text);
        Assert.Null((await client.Query("select database()")).Scalar);
        var refused = await client.ChangeUser(client.Door.As("app", "wrong"));
        Assert.Equal(1045, refused.Error!.Code);
        // MariaDB would let it try again; a guess each connection is what anybody gets here.
        if (on == MySqlKind.MySql || !side.IsDirect)
            Assert.Null(await client.TryReadPacket());
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task What_stands_behind_a_change_of_user_is_never_done_as_the_user_before(MySqlKind on) =>
        Compare(on, async side =>
    {
        // Servers take it for the answer to the question for a proof.
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.SendChangeUser(client.Door.As("super", "wrong"), "insert into app.t values (1)");
        client.EndSending();
        await client.ReceiveRawToEnd();
        var next = await side.Open();
        Assert.Equal("(0)", (await next.Query("select count(*) from t")).Text);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_query_is_killed_by_the_number_of_its_clients_greeting(MySqlKind on) =>
        Compare(on, async side =>
    {
        foreach (var way in new[] { "kill query", "kill" })
        {
            var victim = await side.Open();
            var killer = await side.Open();
            await victim.SendQuery("select sleep(50) as a union all select 1 from information_schema.tables "
                + "limit 1");
            await Running(on, "%sleep(50)%");
            Assert.Equal("OK(0)", (await killer.Query($"{way} {victim.Greeting.Id}")).Text);
            if (way == "kill query")
            {
                Assert.Contains((await victim.Receive()).Text, new[] { "ERR(1317)", "(1)", "(0)" });
                Assert.Equal("2", (await victim.Query("select 2")).Scalar);
                Assert.Equal("2", (await killer.Query("select 2")).Scalar);
            }
            else
            {
                await Ended(victim);
            }
        }
        var one = await side.Open();
        Assert.Equal("ERR(1094)", (await one.Query("kill query 4000000000")).Text);
        Assert.Equal("ERR(1094)", (await one.Query("kill 4000000000")).Text);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_number_of_another_user_cannot_be_killed(MySqlKind on) => Compare(on, async side =>
    {
        var victim = await side.Open(side.Door.As("super", "secret"));
        // MySQL's app may kill whomever it likes, by its own right to.
        var killer = await side.Open(on == MySqlKind.MySql ? side.Door.As("fresh", "secret") : side.Door);
        Assert.Equal("ERR(1095)", (await killer.Query($"kill {victim.Greeting.Id}")).Text);
        Assert.Equal("ERR(1095)", (await killer.Query($"kill query {victim.Greeting.Id}")).Text);
        Assert.Equal("1", (await victim.Query("select 1")).Scalar);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_kill_by_command_ends_its_session(MySqlKind on) => Compare(on, async side =>
    {
        var victim = await side.Open();
        var killer = await side.Open();
        await victim.Query("select 1");
        var reply = await killer.Ask(0x0c, new MySqlBytes().Int(victim.Greeting.Id, 4).ToArray());
        if (reply.Error is null)
            await Ended(victim);
        else
            Assert.Equal(1047, reply.Error.Code);
        Assert.Equal("2", (await killer.Query("select 2")).Scalar);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task Kill_never_hits_the_next_owner_of_a_connection(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var victim = await side.Open();
        var killer = await side.Open();
        var bystander = await side.Open();
        for (var round = 0; round < 30; round++)
        {
            await victim.SendQuery("select sleep(0.002)");
            var kills = killer.Query($"kill query {victim.Greeting.Id}");
            var others = bystander.Query("select sleep(0.003), 'unharmed'");
            await victim.Receive();
            Assert.Equal("(0|unharmed)", (await others).Text);
            Assert.Equal("OK(0)", (await kills).Text);
            Assert.Equal("(0|mine)", (await victim.Query("select sleep(0.001), 'mine'")).Text);
        }
    });

    /// <summary>Drivers open a connection to cancel, and begin it with SET NAMES.</summary>
    [Theory, OnBoth]
    public async Task A_client_that_begins_with_set_names_kills_also_while_no_server_connection_is_free(
        MySqlKind on)
    {
        await using var sento = await OwnProxy.Start(
            Grounds.Of(on).Server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 20");
        var door = Ground.DoorTo(sento);
        await using (var first = await ScriptedMySqlClient.Open(door))
        {
            Assert.Equal("OK(0)", (await first.Query("set names utf8mb4")).Text);
            Assert.Equal("1", (await first.Query("select 1")).Scalar);
        }
        await using var runs = await ScriptedMySqlClient.Open(door);
        await runs.SendQuery("select sleep(55) as a union all select 1 from information_schema.tables "
            + "limit 1");
        await Running(on, "%sleep(55)%");
        await using var waits = await ScriptedMySqlClient.Open(door);
        await waits.SendQuery("select 2");

        await using var killer = await ScriptedMySqlClient.Open(door);
        Assert.Equal("OK(0)", (await killer.Query("set names utf8mb4")).Text);
        Assert.Equal("OK(0)", (await killer.Query($"kill query {waits.Greeting.Id}")).Text);
        Assert.Equal("ERR(1317)", (await waits.Receive()).Text);
        Assert.Equal("OK(0)", (await killer.Query($"kill query {runs.Greeting.Id}")).Text);
        Assert.Contains((await runs.Receive()).Text, new[] { "ERR(1317)", "(1)", "(0)" });
        Assert.Equal("2", (await waits.Query("select 2")).Scalar);
    }

    private async Task Running(MySqlKind on, string text) => await Eventually.Holds(async () =>
        Convert.ToInt64(await Grounds.Of(on).Server.Execute(
            "select count(*) from information_schema.processlist where id <> connection_id() and info like "
            + $"'{text}'"), System.Globalization.CultureInfo.InvariantCulture) > 0);

    private static async Task Ended(ScriptedMySqlClient client)
    {
        while (await client.TryReadPacket() is not null)
        {
            // An error may tell why before the end.
        }
    }
}
