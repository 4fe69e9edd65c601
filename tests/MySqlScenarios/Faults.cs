using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Relays;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// A client or a server is gone in the middle: nothing is left behind, nothing is run again.
/// </summary>
public sealed class Faults(Grounds grounds) : Play(grounds)
{
    /// <summary>A result of a hundred megabytes.</summary>
    private const string Long = Limits.Numbers + " select repeat('x', 1000) from n a, n b limit 100000";

    [Theory, OnBoth]
    public Task A_client_that_vanishes_while_its_statement_runs_has_it_ended(MySqlKind on) =>
        OnOneConnection(on, async (side, server) =>
    {
        var client = await side.Open();
        await client.SendQuery("select sleep(50)");
        await Eventually.Holds(async () => await Running(server, "select sleep(50)%") == 1);
        client.Vanish();
        await Eventually.Holds(async () => await Running(server, "select sleep(50)%") == 0);
        var next = await side.Open();
        Assert.Equal("(1)", (await next.Query("select 1")).Text);
    });

    [Theory, OnBoth]
    public Task A_client_that_vanishes_in_the_middle_of_a_result_leaves_none_of_it(MySqlKind on) =>
        OnOneConnection(on, async (side, server) =>
    {
        for (var round = 0; round < 3; round++)
        {
            var client = await side.Open();
            await client.SendQuery(Long);
            await client.ReadPacket();
            client.Vanish();
            var next = await side.Open();
            Assert.Equal("(1)", (await next.Query("select 1")).Text);
            await next.Quit();
        }
        await Eventually.Holds(async () => await Running(server, "with recursive%") == 0);
    });

    [Theory, OnBoth]
    public Task A_client_that_vanishes_in_the_middle_of_its_upload_leaves_nothing_of_it(MySqlKind on) =>
        OnOneConnection(on, async (side, _) =>
    {
        var owner = await side.Open();
        await owner.Query("create table t (a varchar(100))");
        var client = await side.Open(side.Door.With(MySqlFlags.LocalFiles));
        await client.SendQuery("load data local infile 'f' into table t");
        Assert.Equal(0xfb, (await client.ReadPacket())[0]);
        await client.SendPacket("one\ntwo\n"u8.ToArray());
        client.Vanish();
        // Half of a text, too long to be kept before it goes on.
        var other = await side.Open();
        await other.SendRaw(MySqlBytes.Packets([0x03, .. new byte[3_000_000]], 0).AsMemory(0, 2_000_000));
        other.Vanish();
        var next = await side.Open();
        Assert.Equal("(0)", (await next.Query("select count(*) from t")).Text);
    });

    // What we say last to a server has five bytes.
    [Theory, OnBoth]
    public async Task A_command_that_its_client_never_finished_is_not_run(MySqlKind on)
    {
        var server = Grounds.Of(on).Server;
        await using var proxy = await OwnProxy.Start(server.Port, "MaxConnections: 1");
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var client = await side.Open();
            await client.Query("create table t (a varchar(20))");
            var statement = await client.Prepare("insert into t values (?)");
            Assert.Equal("OK(1)", (await statement.Execute("whole")).Text);
            var packet = MySqlBytes.Packets(statement.ExecutePayload(["0123456789"]), 0);
            await client.SendRaw(packet.AsMemory(0, packet.Length - 5));
            await Eventually.Holds(async () => (await proxy.Admin("/clients")).Text
                .Contains("\"active\"", StringComparison.Ordinal));
            client.Vanish();
            var next = await side.Open();
            Assert.Equal("(whole)", (await next.Query("select a from t")).Text);
        });
    }

    [Theory, OnBoth]
    public Task A_server_connection_that_dies_idle_is_replaced_unnoticed(MySqlKind on) =>
        OnOneConnection(on, async (side, server) =>
    {
        var client = await side.Open();
        await client.Query("set time_zone = '+05:00'");
        for (var round = 0; round < 3; round++)
        {
            await KillAll(server);
            Assert.Equal("(+05:00)", (await client.Query("select @@time_zone")).Text);
        }
    });

    [Theory, OnBoth]
    public Task A_server_connection_that_dies_in_a_transaction_takes_it_along_and_says_so(MySqlKind on) =>
        OnOneConnection(on, async (side, server) =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("begin");
        await client.Query("insert into t values (1)");
        await KillAll(server);
        var lost = await client.Query("insert into t values (2)");
        Assert.Equal((1105, "08S01"), (lost.Error!.Code, lost.Error.State));
        Assert.False((await client.Query("do 0")).IsInTransaction);
        Assert.Equal("(0)", (await client.Query("select count(*) from t")).Text);
    });

    [Theory, OnBoth]
    public Task A_statement_whose_server_dies_is_not_run_again(MySqlKind on) =>
        OnOneConnection(on, async (side, server) =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int) engine = myisam");
        await client.SendQuery("insert into t values (1), (sleep(50))");
        await Eventually.Holds(async () => await Running(server, "insert into t%") == 1);
        await KillAll(server);
        var lost = await client.Receive();
        Assert.Equal((1105, "08S01"), (lost.Error!.Code, lost.Error.State));
        Assert.Contains("may have been done", lost.Error.Message, StringComparison.Ordinal);
        Assert.Equal("(1)", (await client.Query("select 1")).Text);
        Assert.Equal(0, await Running(server, "insert into t%"));
    });

    [Theory, OnBoth]
    public Task A_result_whose_server_dies_ends_the_session_instead_of_being_cut(MySqlKind on) =>
        OnOneConnection(on, async (side, server) =>
    {
        var client = await side.Open();
        await client.SendQuery(Long);
        await client.ReadPacket();
        await KillAll(server);
        // What was on its way may come still; then an error of the server's own, or the end, perhaps in the
        // middle of a row.
        byte[] last = [];
        try
        {
            while (await client.TryReadPacket() is { } packet)
                last = packet;
        }
        catch (EndOfStreamException)
        {
            last = [];
        }
        Assert.NotEqual(0xfe, last.FirstOrDefault());
        var next = await side.Open();
        Assert.Equal("(1)", (await next.Query("select 1")).Text);
    });

    [Theory, OnBoth]
    public async Task A_kill_without_an_answer_costs_its_statement_the_connection_and_nobody_else(
        MySqlKind on)
    {
        var server = Grounds.Of(on).Server;
        await using var relay = new PassingRelay(server.Port);
        await using var proxy = await OwnProxy.Start(
            relay.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 20");
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var victim = await side.Open();
            var killer = await side.Open();
            var next = await side.Open();
            await victim.SendQuery("select sleep(50)");
            await Eventually.Holds(async () => await Running(server, "select sleep(50)%") == 1);
            await next.SendQuery("select 1");
            relay.HoldNext();
            await killer.SendQuery($"kill query {victim.Greeting.Id}");
            var lost = await victim.Receive();
            Assert.Equal((1105, "08S01"), (lost.Error!.Code, lost.Error.State));
            Assert.Equal("(1)", (await next.Receive()).Text);
            Assert.Equal("(2)", (await victim.Query("select 2")).Text);
        });
        await KillAll(server);
    }

    [Theory, OnBoth]
    public async Task A_kill_that_comes_when_its_client_has_left_keeps_no_connection_and_hits_nobody(
        MySqlKind on)
    {
        await using var relay = new PassingRelay(Grounds.Of(on).Server.Port);
        await using var proxy = await OwnProxy.Start(
            relay.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 10");
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var victim = await side.Open();
            var killer = await side.Open();
            var next = await side.Open();
            await victim.SendQuery("select sleep(1)");
            await Eventually.Holds(
                async () => await Running(Grounds.Of(on).Server, "select sleep(1)%") == 1);
            relay.HoldNext();
            await killer.SendQuery($"kill query {victim.Greeting.Id}");
            Assert.Equal("(0)", (await victim.Receive()).Text);
            await victim.Quit();
            await next.SendQuery("select 2, sleep(0.2)");
            relay.ReleaseHeld();
            Assert.Equal("OK(0)", (await killer.Receive()).Text);
            Assert.Equal("(2|0)", (await next.Receive()).Text);
        });
    }

    [Theory, OnBoth]
    public async Task A_schema_that_could_not_be_chosen_for_who_has_left_is_not_taken_for_chosen(MySqlKind on)
    {
        await Grounds.Of(on).Clean();
        await using var server = new TrickServer(Grounds.Of(on).Server.Port, new Dictionary<string, byte[]>())
        {
            Withheld = [2, .. "gone"u8],
        };
        await using var proxy = await OwnProxy.Start(
            server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 20", target: ", Tls: disable");
        await Grounds.Of(on).Server.Execute("create database gone");
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var leaves = await side.Open();
            var stays = await side.Open();
            var other = await side.Open();
            await leaves.Query("use gone");
            await stays.Query("use gone");
            await other.Query("select 1");
            await Grounds.Of(on).Server.Execute("drop database gone");
            await leaves.SendQuery("select 1");
            await Eventually.Holds(() => server.IsWithholding);
            leaves.Vanish();
            await Eventually.Holds(
                async () => (await proxy.Metrics()).Sum("sento_client_connections") == 2);
            server.LetGo();
            await Eventually.Holds(async () => (await proxy.Metrics()).Sum(
                "sento_database_connections_currently_borrowed") == 0);
            await Grounds.Of(on).Server.Execute("create database gone");
            Assert.Equal("(gone)", (await stays.Query("select database()")).Text);
            await Grounds.Of(on).Server.Execute("drop database gone");
        });
    }

    [Theory, OnBoth]
    public async Task A_flood_of_kills_takes_one_connection_to_the_server_at_a_time(MySqlKind on)
    {
        await using var relay = new PassingRelay(Grounds.Of(on).Server.Port);
        await using var proxy = await OwnProxy.Start(
            relay.Port, "MaxConnections: 2, ConnectionBorrowTimeout: 10");
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var victim = await side.Open();
            var killers = new List<ScriptedMySqlClient>();
            while (killers.Count < 30)
                killers.Add(await side.Open());
            await victim.SendQuery("select sleep(50) as slept");
            await Eventually.Holds(
                async () => await Running(Grounds.Of(on).Server, "select sleep(50) as slept%") == 1);
            var before = relay.Accepted;
            relay.HoldNext();
            foreach (var killer in killers)
                await killer.SendQuery($"kill query {victim.Greeting.Id}");
            Assert.Equal("OK(0)", (await (await side.Open()).Ask(0x0e)).Text);
            relay.ReleaseHeld();
            foreach (var killer in killers)
                Assert.Equal("OK(0)", (await killer.Receive()).Text);
            Assert.Contains((await victim.Receive()).Text, new[] { "ERR(1317)", "(1)" });
            Assert.Equal("(2)", (await victim.Query("select 2")).Text);
            Assert.InRange(relay.Accepted - before, 1, 3);
        });
    }

    private static async Task<long> Running(MySqlServer server, string like) => Convert.ToInt64(
        await server.Execute("select count(*) from information_schema.processlist"
            + $" where info like '{like}' and user = 'app'"), CultureInfo.InvariantCulture);

    /// <summary>Ends every connection of the user as an administrator would.</summary>
    private static async Task KillAll(MySqlServer server)
    {
        const string one = "select id from information_schema.processlist where user = 'app' limit 1";
        while (await server.Execute(one) is { } id)
        {
            try
            {
                await server.Execute($"kill {id}");
            }
            catch (MySqlConnector.MySqlException gone) when (gone.Number == 1094)
            {
                // It went by itself.
            }
            await Eventually.Holds(async () => Convert.ToInt64(await server.Execute(
                $"select count(*) from information_schema.processlist where id = {id}"),
                CultureInfo.InvariantCulture) == 0);
        }
    }

    private async Task OnOneConnection(MySqlKind on, Func<Side, MySqlServer, Task> play)
    {
        var server = Grounds.Of(on).Server;
        await using var proxy = await OwnProxy.Start(
            server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 20");
        // The ground's own proxy has connections of the same user: it is not part of this.
        await OnlyThrough(on, Ground.DoorTo(proxy), side => play(side, server));
    }
}
