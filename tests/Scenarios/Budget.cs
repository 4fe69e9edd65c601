using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>How many connections a target gets, how long they live, and who gets the next one.</summary>
public sealed class Budget(Ground ground)
{
    private const string Max = "sento_max_database_connections_allowed";

    [Fact]
    public async Task A_percentage_is_of_what_the_server_itself_allows_less_its_reserve()
    {
        await using var server = await PostgresServer.Start(new PostgresOptions
        {
            ConnectionsMax = 21,
            Settings = new Dictionary<string, string>
            {
                ["superuser_reserved_connections"] = "3",
                ["reserved_connections"] = "2",
            },
        });
        await using var sento = await OwnProxy.Start(server.Port, "MaxConnectionsPercent: 50");
        await using var first = await ScriptedClient.Open(sento.Door());
        await Eventually.Holds(async () => (await sento.Metrics()).Sum(Max) == 8);
        await HoldAll(sento, server, 8);

        // Its own limit is another after a restart: asked anew, without being told.
        await server.Restart(("max_connections", "31"));
        await Eventually.Holds(async () =>
            (await first.Query("select 1")).Error is null && (await sento.Metrics()).Sum(Max) == 13);
        await HoldAll(sento, server, 13);
    }

    [Fact]
    public async Task A_pool_under_constant_load_does_not_starve_another()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 2");
        using var over = new CancellationTokenSource();
        var crowd = Enumerable.Range(0, 8).Select(_ => Hammer(sento, over.Token)).ToArray();
        await using var rare = await ScriptedClient.Open(sento.Door("postgres"));
        for (var round = 0; round < 10; round++)
            Assert.Equal("postgres", (await rare.Query("select current_user")).Scalar);
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(crowd), count => Assert.True(count > 0));
    }

    [Fact]
    public async Task With_a_borrow_timeout_of_zero_an_idle_connection_is_lent_or_none()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await using var other = await ScriptedClient.Open(sento.Door());
        await holder.Query("select 1");
        await sento.Reload(OwnProxy.Text(
            OwnProxy.Target(ground.Server.Port), "MaxConnections: 1, ConnectionBorrowTimeout: 0"));
        await sento.WaitForLog("Revision 2");
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        await holder.Query("begin; select 1");
        var refused = await other.Query("select 1");
        Assert.Equal("08000", refused.Error?.SqlState);
        Assert.Contains("ConnectionBorrowTimeout is 0 s", refused.Error?.FullText, StringComparison.Ordinal);
        await holder.Query("commit");
        Assert.Equal("2", (await other.Query("select 2")).Scalar);
    }

    [Fact]
    public async Task The_queue_is_bounded_and_says_so()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 1, MaxWaitingClients: 2");
        await using var holder = await ScriptedClient.Open(sento.Door());
        var waiters = new List<ScriptedClient>();
        for (var i = 0; i < 3; i++)
            waiters.Add(await ScriptedClient.Open(sento.Door()));
        await holder.Query("begin; select 1");
        for (var i = 0; i < 2; i++)
        {
            await waiters[i].Send(Query($"select {i}"));
            var waiting = i + 1;
            await Eventually.Holds(
                async () => (await sento.Metrics()).Sum("sento_clients_waiting") == waiting);
        }
        var error = (await waiters[2].Query("select 2")).Error;
        Assert.Equal("53300", error?.SqlState);
        Assert.Contains("MaxWaitingClients is 2", error?.FullText, StringComparison.Ordinal);
        await holder.Query("commit");
        for (var i = 0; i < 2; i++)
            Assert.Equal($"{i}", (await waiters[i].ReceiveUntilReady()).Scalar);
        Assert.Equal("2", (await waiters[2].Query("select 2")).Scalar);
    }

    [Fact]
    public async Task Full_down_and_refused_are_told_apart()
    {
        var port = FreePort.Take();
        await using var down = await OwnProxy.Start(port, "MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await using var client = await ScriptedClient.Connect(down.Door());
        var error = (await client.SignIn()).Error;
        Assert.Equal("08000", error?.SqlState);
        Assert.StartsWith("Timed-out waiting to acquire database connection", error?.Field('M'),
            StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{port} can't be reached", error?.FullText, StringComparison.Ordinal);
        Assert.Contains("Connection refused", error?.FullText, StringComparison.Ordinal);

        await using var refused = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(OwnProxy.Target(ground.Server.Port))
                .Replace("{username: app, password: secret}", "{username: app, password: outdated}",
                    StringComparison.Ordinal),
        });
        await using var late = await ScriptedClient.Connect(refused.Door(password: "outdated"));
        error = (await late.SignIn()).Error;
        Assert.Equal("28P01", error?.SqlState);
        Assert.DoesNotContain("outdated", refused.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_connections_are_closed_but_for_those_kept_warm()
    {
        await ground.Server.Execute("create database warm owner app");
        const string count = "select count(*) from pg_stat_activity where datname = 'warm'";
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 6, MinIdle: 2, ServerIdleTimeout: 1s");
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => ScriptedClient.Open(sento.Door(database: "warm"))));
        await Task.WhenAll(clients.Select(client => client.Query("begin; select 1")));
        Assert.Equal(6L, await ground.Server.Execute(count));
        await Task.WhenAll(clients.Select(client => client.Query("commit")));
        await Eventually.Holds(async () => await ground.Server.Execute(count) is 2L);

        // Those kept warm come back by themselves.
        await ground.Server.Execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'warm'");
        await Eventually.Holds(async () => await ground.Server.Execute(count) is 2L);
        await Task.WhenAll(clients.Select(client => client.Terminate()));
    }

    [Fact]
    public async Task Idle_connections_above_their_percentage_are_closed()
    {
        await using var server = await PostgresServer.Start(new PostgresOptions { ConnectionsMax = 23 });
        await using var sento = await OwnProxy.Start(server.Port, "MaxIdleConnectionsPercent: 10");
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => ScriptedClient.Open(sento.Door())));
        await Task.WhenAll(clients.Select(client => client.Query("begin; select 1")));
        Assert.Equal(6, await server.CountConnections());
        await Task.WhenAll(clients.Select(client => client.Query("commit")));
        // A tenth of twenty.
        await Eventually.Holds(async () => await server.CountConnections() == 2);
        await Task.WhenAll(clients.Select(client => client.Terminate()));
    }

    [Fact]
    public async Task A_target_that_accepts_and_says_nothing_is_given_up_in_time()
    {
        await using var server = new FakePostgresServer(async connection => await connection.TryReceive());
        await using var sento = await OwnProxy.Start(
            server.Port, "ConnectTimeout: 1s, ConnectionBorrowTimeout: 3");
        await using var client = await ScriptedClient.Connect(sento.Door());
        var error = (await client.SignIn()).Error;
        Assert.Contains("no answer within ConnectTimeout (1 s)", error?.FullText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_users_connections_are_capped_beside_anothers()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 4, MaxConnectionsPerUser: 1, ConnectionBorrowTimeout: 1");
        await using var first = await ScriptedClient.Open(sento.Door());
        await using var second = await ScriptedClient.Open(sento.Door());
        await using var other = await ScriptedClient.Open(sento.Door("postgres"));
        await first.Query("begin; select 1");
        Assert.Equal("08000", (await second.Query("select 1")).Error?.SqlState);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        await first.Query("commit");
        Assert.Equal("1", (await second.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task While_the_target_is_down_one_probe_at_a_time_finds_out()
    {
        int open = 0, most = 0;
        await using var server = new FakePostgresServer(async connection =>
        {
            most = Math.Max(most, Interlocked.Increment(ref open));
            await connection.ExpectStartup();
            await connection.Send(ToClient.Error("FATAL", "57P03", "the database system is starting up"));
            Interlocked.Decrement(ref open);
        });
        await using var sento = await OwnProxy.Start(
            server.Port, "MaxConnections: 20, MaxConcurrentConnects: 1, ConnectionBorrowTimeout: 3");
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            await using var client = await ScriptedClient.Connect(sento.Door());
            return (await client.SignIn()).Error?.SqlState;
        }));
        Assert.All(answers, state => Assert.Equal("57P03", state));
        // 100 ms doubled up to 5 s, with jitter: half a dozen in three seconds, whoever waits.
        Assert.InRange(server.AcceptedCount, 1, 12);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Connections_that_are_opened_together_are_not_replaced_together()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 12, ServerLifetime: 1000s");
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => ScriptedClient.Open(sento.Door())));
        await Task.WhenAll(clients.Select(client => client.Query("begin; select 1")));
        using var servers = JsonDocument.Parse((await sento.Admin("/servers")).Text);
        var lives = servers.RootElement.EnumerateArray().Select(server =>
            (server.GetProperty("until").GetDateTimeOffset() - server.GetProperty("since")
                .GetDateTimeOffset())
            .TotalSeconds).ToArray();
        Assert.Equal(12, lives.Length);
        Assert.All(lives, seconds => Assert.InRange(seconds, 899, 1001));
        // Within 100 seconds a dozen lie closer together than 10 only once in a hundred million times.
        Assert.InRange(lives.Max() - lives.Min(), 10, 101);
        await Task.WhenAll(clients.Select(client => client.Query("commit")));
        await Task.WhenAll(clients.Select(client => client.Terminate()));
    }

    [Fact]
    public async Task InitQuery_runs_on_each_new_connection_and_its_failure_is_told()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port,
                "MaxConnections: 2, InitQuery: \"SET work_mem = '9MB'; SET application_name = 'init'\"");
        await using var first = await ScriptedClient.Open(sento.Door());
        await using var second = await ScriptedClient.Open(sento.Door());
        await first.Query("begin");
        Assert.Equal("9MB", (await first.Query("show work_mem")).Scalar);
        Assert.Equal("9MB", (await second.Query("show work_mem")).Scalar);
        await second.Query("set work_mem = '5MB'");
        await first.Query("commit");
        await second.Query("reset work_mem");
        Assert.Equal("9MB", (await first.Query("show work_mem")).Scalar);

        await using var broken = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 2, InitQuery: SET no_such_setting = 1");
        await using var client = await ScriptedClient.Connect(broken.Door());
        var error = (await client.SignIn()).Error;
        Assert.Contains("InitQuery", error?.FullText, StringComparison.Ordinal);
        Assert.Contains("no_such_setting", error?.FullText, StringComparison.Ordinal);
    }

    /// <summary>More clients than connections, all of them in a transaction or waiting for one.</summary>
    private static async Task HoldAll(SentoProcess sento, PostgresServer server, int allowed)
    {
        var clients = await Task.WhenAll(
            Enumerable.Range(0, allowed + 5).Select(_ => ScriptedClient.Open(sento.Door())));
        foreach (var client in clients)
            await client.Send(Query("begin"));
        await Eventually.Holds(async () =>
            (await sento.Metrics()).Sum("sento_database_connections_currently_borrowed") == allowed
            && (await sento.Metrics()).Sum("sento_clients_waiting") == 5);
        Assert.Equal(allowed, await server.CountConnections());
        foreach (var client in clients)
            client.Vanish();
    }

    private static async Task<int> Hammer(SentoProcess sento, CancellationToken over)
    {
        await using var client = await ScriptedClient.Open(sento.Door());
        var count = 0;
        while (!over.IsCancellationRequested)
        {
            Assert.Null((await client.Query("select pg_sleep(0.01)")).Error);
            count++;
        }
        return count;
    }
}
