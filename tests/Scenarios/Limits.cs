using System.Diagnostics;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Bounds: at each one the client waits or is refused, is told why, and everybody else goes on.</summary>
public sealed class Limits(Ground ground)
{
    private const string Count = "select count(*) from pg_stat_activity where datname = 'shared'";

    private int TargetPort => ground.Server.Port;

    [Fact]
    public async Task Many_clients_share_few_connections()
    {
        await ground.Server.Execute("create database shared owner app");
        await using var sento = await Own("MaxConnections: 5");
        var door = sento.Door(database: "shared");
        var clients = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => ScriptedClient.Open(door)));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            for (var round = 0; round < 20; round++)
            {
                await client.Query("begin");
                Assert.Equal($"{i}", (await client.Extended("select $1::int", $"{i}")).Scalar);
                // The proxy of the other plays has connections to this server too, but to no such database.
                if (i == 0)
                    Assert.InRange((long)(await ground.Server.Execute(Count))!, 1, 5);
                await client.Query("commit");
            }
        }));
        Assert.InRange((long)(await ground.Server.Execute(Count))!, 1, 5);
        foreach (var client in clients)
            await client.Terminate();
    }

    [Fact]
    public async Task A_client_waits_for_a_connection_and_is_told_when_it_waited_too_long()
    {
        await using var sento = await Own("MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin; select 1");
        await using var waiter = await ScriptedClient.Open(sento.Door());
        var watch = Stopwatch.StartNew();
        var replies = await waiter.Query("select 1");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 10);
        Assert.Contains("ConnectionBorrowTimeout", replies.Error?.FullText, StringComparison.Ordinal);
        Assert.True(replies[^1].IsReady, replies.Text);
        await holder.Query("commit");
        Assert.Equal("1", (await waiter.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task An_extended_group_that_waited_too_long_is_refused_as_a_group()
    {
        await using var sento = await Own("MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin; select 1");
        await using var waiter = await ScriptedClient.Open(sento.Door());
        await waiter.Send(Extended("select 1"), Extended("select 2"), Sync());
        var replies = await waiter.ReceiveUntilReady();
        Assert.Single(replies, m => m.IsError);
        await holder.Query("commit");
        Assert.Equal("3", (await waiter.Extended("select 3")).Scalar);
    }

    [Fact]
    public async Task Clients_are_served_in_the_order_they_came()
    {
        await using var sento = await Own("MaxConnections: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await ground.Clean();
        await holder.Query("create table arrivals (n int, at bigserial)");
        await holder.Query("begin; select 1");
        var waiters = new List<ScriptedClient>();
        for (var i = 0; i < 8; i++)
        {
            var waiter = await ScriptedClient.Open(sento.Door());
            await waiter.Send(Query($"insert into arrivals (n) values ({i})"));
            waiters.Add(waiter);
            var waiting = i + 1;
            await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") >= waiting);
        }
        await holder.Query("commit");
        foreach (var waiter in waiters)
            Assert.Equal("C(INSERT 0 1) Z(I)", (await waiter.ReceiveUntilReady()).Text);
        var order = await holder.Query("select string_agg(n::text, ',' order by at) from arrivals");
        Assert.Equal("0,1,2,3,4,5,6,7", order.Scalar);
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_frees_its_place()
    {
        await using var sento = await Own("MaxConnections: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin; select 1");
        var impatient = await ScriptedClient.Open(sento.Door());
        await impatient.Send(Query("select 'never'"));
        await using var patient = await ScriptedClient.Open(sento.Door());
        await patient.Send(Query("select 'patient'"));
        impatient.Vanish();
        await holder.Query("commit");
        Assert.Equal("patient", (await patient.ReceiveUntilReady()).Scalar);
    }

    [Fact]
    public async Task A_waiting_client_is_cancelled_at_once()
    {
        await using var sento = await Own("MaxConnections: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin; select 1");
        await using var waiter = await ScriptedClient.Open(sento.Door());
        await waiter.Send(Query("select 'never'"));
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") >= 1);
        await waiter.Cancel();
        Assert.Equal("E(57014) Z(I)", (await waiter.ReceiveUntilReady()).Text);
        Assert.Equal("1", (await holder.Query("select 1")).Scalar);
        await holder.Query("commit");
        Assert.Equal("2", (await waiter.Query("select 2")).Scalar);
    }

    [Fact]
    public async Task More_clients_than_allowed_are_refused_and_places_come_back()
    {
        await using var sento = await Own(proxy: "MaxClientConnections: 3");
        for (var round = 0; round < 3; round++)
        {
            var clients = new List<ScriptedClient>();
            for (var i = 0; i < 3; i++)
                clients.Add(await ScriptedClient.Open(sento.Door()));
            await using var refused = await ScriptedClient.Connect(sento.Door());
            var error = (await refused.SignIn()).Error;
            Assert.Equal("53300", error?.SqlState);
            Assert.Contains("MaxClientConnections", error?.FullText, StringComparison.Ordinal);
            foreach (var client in clients)
                await client.Terminate();
            await Eventually.Holds(() => Fits(sento.Door()));
        }
    }

    [Fact]
    public async Task Refused_passwords_give_their_places_back()
    {
        await using var sento = await Own(proxy: "MaxClientConnections: 2");
        for (var i = 0; i < 5; i++)
        {
            await using var wrong = await ScriptedClient.Connect(sento.Door(password: "wrong"));
            Assert.Equal("28P01", (await wrong.SignIn()).Error?.SqlState);
        }
        await Eventually.Holds(() => Fits(sento.Door()));
    }

    [Fact]
    public async Task One_users_clients_do_not_take_anothers_places()
    {
        await using var sento = await Own(proxy: "MaxClientConnectionsPerUser: 1");
        await using var first = await ScriptedClient.Open(sento.Door());
        await using var second = await ScriptedClient.Connect(sento.Door());
        Assert.Equal("53300", (await second.SignIn()).Error?.SqlState);
        await using var other = await ScriptedClient.Open(sento.Door("postgres"));
        Assert.Equal("postgres", (await other.Query("select current_user")).Scalar);
    }

    [Theory]
    [InlineData("IdleClientTimeout: 1", "", "57P05")]
    [InlineData("IdleInTransactionTimeout: 1s", "begin; select 1", "25P03")]
    [InlineData("TransactionTimeout: 1s", "begin; select 1", "25P04")]
    public async Task A_client_that_takes_too_long_is_ended_and_told(string setting, string before, string sqlState)
    {
        await using var sento = await Own(proxy: setting);
        await using var client = await ScriptedClient.Open(sento.Door());
        if (before.Length > 0)
            await client.Query(before);
        Assert.Equal($"E({sqlState})", (await client.ReceiveToEnd()).Text);
        await using var next = await ScriptedClient.Open(sento.Door());
        Assert.Equal("1", (await next.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task A_running_transaction_that_takes_too_long_is_ended()
    {
        await using var sento = await Own("MaxConnections: 1", proxy: "TransactionTimeout: 1s");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Send(Query("begin; select pg_sleep(60)"));
        var replies = await client.ReceiveToEnd();
        Assert.Equal("25P04", replies.Error?.SqlState);
        await using var next = await ScriptedClient.Open(sento.Door());
        Assert.Equal("1", (await next.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task Silence_in_a_transaction_counts_from_the_last_answer()
    {
        await using var sento = await Own(proxy: "IdleInTransactionTimeout: 2s");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("begin");
        await client.Query("select pg_sleep(3)");
        var watch = Stopwatch.StartNew();
        Assert.Equal("E(25P03)", (await client.ReceiveToEnd()).Text);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, 30);
    }

    [Fact]
    public async Task A_client_that_does_not_sign_in_is_ended()
    {
        await using var sento = await Own(proxy: "SignInTimeout: 1s");
        await using var silent = await ScriptedClient.Connect(sento.Door());
        await using var halfway = await ScriptedClient.Connect(sento.Door());
        await halfway.Send(Startup(Version30, sento.Door().StartupParameters()));
        await silent.ReceiveToEnd();
        await halfway.ReceiveToEnd();
    }

    [Fact]
    public async Task Idle_connections_of_one_pool_make_room_for_another()
    {
        await using var sento = await Own("MaxConnections: 2");
        await using var app = await ScriptedClient.Open(sento.Door());
        await using var super = await ScriptedClient.Open(sento.Door("postgres"));
        await using var elsewhere = await ScriptedClient.Open(sento.Door(database: "postgres"));
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal("app", (await app.Query("select current_user")).Scalar);
            Assert.Equal("postgres", (await super.Query("select current_user")).Scalar);
            Assert.Equal("postgres", (await elsewhere.Query("select current_database()")).Scalar);
        }
    }

    [Fact]
    public async Task Connections_that_grow_old_under_load_are_replaced_unseen()
    {
        await using var sento = await Own("MaxConnections: 2, ServerLifetime: 1s");
        await using var client = await ScriptedClient.Open(sento.Door());
        var seen = new HashSet<string?>();
        var watch = Stopwatch.StartNew();
        while (seen.Count < 3 && watch.Elapsed < TimeSpan.FromSeconds(30))
            seen.Add((await client.Query("select pg_backend_pid()")).Scalar);
        Assert.True(seen.Count >= 3, $"Only {seen.Count} server connections in {watch.Elapsed}.");
    }

    [Fact]
    public async Task Draining_lets_transactions_finish_and_then_says_goodbye()
    {
        await using var sento = await Own(proxy: "DrainTimeout: 20s");
        await using var busy = await ScriptedClient.Open(sento.Door());
        await using var idle = await ScriptedClient.Open(sento.Door());
        await busy.Query("begin; select 1");
        sento.Drain();
        Assert.Equal("E(57P01)", (await idle.ReceiveToEnd()).Text);
        Assert.Equal("C(COMMIT) Z(I)", (await busy.Query("commit")).Text);
        Assert.Equal("E(57P01)", (await busy.ReceiveToEnd()).Text);
        await sento.WaitForEnd();
    }

    [Theory]
    [InlineData("session")]
    [InlineData("statement")]
    public async Task Other_pool_modes(string mode)
    {
        await using var sento = await Own("MaxConnections: 2", endpoint: $", PoolMode: {mode}");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("set work_mem = '7MB'");
        Assert.Equal("7MB", (await client.Query("show work_mem")).Scalar);
        if (mode == "session")
        {
            Assert.Equal("C(BEGIN) Z(T)", (await client.Query("begin")).Text);
            return;
        }
        await client.Send(Query("begin"));
        Assert.Equal("C(BEGIN) E(0A000)", (await client.ReceiveToEnd()).Text);
        await using var next = await ScriptedClient.Open(sento.Door());
        Assert.Equal("C(BEGIN) E(0A000)", await Begun(next));
    }

    private static async Task<string> Begun(ScriptedClient client)
    {
        await client.Send(Parse("", "begin"), Bind("", ""), Execute(), Sync());
        return (await client.ReceiveToEnd()).Text.Replace("1 2 ", "", StringComparison.Ordinal);
    }

    private static async Task<bool> Fits(ServerDoor door)
    {
        await using var client = await ScriptedClient.Connect(door);
        var replies = await client.SignIn();
        if (!replies[^1].IsReady)
            return false;
        await client.Terminate();
        return true;
    }

    private Task<SentoProcess> Own(string pool = "MaxConnections: 4", string proxy = "RequireTLS: false", string endpoint = "")
    {
        ground.NeedsProxy();
        return OwnProxy.Start(TargetPort, pool, proxy, endpoint);
    }
}
