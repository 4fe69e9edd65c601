using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Every number on /metrics is true: real traffic, counted here and there.</summary>
public sealed class Counters(Ground ground)
{
    [Fact]
    public async Task Queries_transactions_and_bytes_are_what_the_client_did()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        var before = await sento.Metrics();
        for (var i = 0; i < 10; i++)
            await client.Query("select 1");
        await client.Query("begin");
        await client.Extended("select $1::int", "1");
        await client.Query("commit");
        await client.Query($"select '{new string('x', 100_000)}'");
        await client.Ask(Sync());
        var after = await sento.Metrics();
        double Grown(string name) => after.Sum(name) - before.Sum(name);

        Assert.Equal(14, Grown("sento_query_requests_total"));
        Assert.Equal(14, Grown("sento_query_requests_no_tls_total"));
        Assert.Equal(0, Grown("sento_query_requests_tls_total"));
        // Ten statements by themselves, one transaction, one large statement.
        Assert.Equal(12, Grown("sento_transactions_total"));
        Assert.Equal(1, Grown("sento_answered_locally_total"));
        Assert.InRange(Grown("sento_bytes_from_clients_total"), 100_000, 102_000);
        Assert.InRange(Grown("sento_bytes_to_clients_total"), 100_000, 102_000);
        Assert.Equal(14, Grown("sento_query_response_latency_seconds_count"));
        Assert.Equal(14, Grown("sento_query_database_response_latency_seconds_count"));
        var row = (await sento.Admin("/clients")).Text;
        Assert.Contains("\"transactions\":12", row.Replace(" ", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latencies_are_those_of_the_database_and_those_with_the_wait_before()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await using var waiter = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin");
        await waiter.Send(Query("select 1"));
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 1);
        var before = await sento.Metrics();
        await holder.Query("select pg_sleep(0.5)");
        await holder.Query("commit");
        await waiter.ReceiveUntilReady();
        var after = await sento.Metrics();
        double Grown(string name) => after.Sum(name) - before.Sum(name);

        // pg_sleep counts once at the database; the one who waited for it counts it once more.
        Assert.InRange(Grown("sento_query_database_response_latency_seconds_sum"), 0.5, 0.9
            + Slack(after, before));
        Assert.InRange(
            Grown("sento_query_response_latency_seconds_sum")
            - Grown("sento_query_database_response_latency_seconds_sum"), 0.5, 60);
        Assert.Equal(1, Grown("sento_database_connections_borrow_latency_seconds_count"));
        Assert.InRange(Grown("sento_database_connections_borrow_latency_seconds_sum"), 0.5, 60);
    }

    [Fact]
    public async Task Connections_of_both_legs_come_and_go_in_the_gauges()
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        await using var server = await PostgresServer.Start(
            new PostgresOptions { Certificate = certificate });
        await using var sento = await OwnProxy.Start(server.Port, "MaxConnections: 3");
        await using var plain = await ScriptedClient.Open(sento.Door());
        await using var secure = await ScriptedClient.Open(sento.Door() with { Tls = TlsUse.Requested });
        await using var wrong = await ScriptedClient.Connect(sento.Door(password: "wrong"));
        await wrong.SignIn();
        await plain.Query("begin");
        await secure.Query("select pg_advisory_lock(1)");
        // Two are in, one was refused, and one came to see whether the proxy had started.
        await Holds(sento, new()
        {
            ["sento_client_connections"] = 2,
            ["sento_client_connections_tls"] = 1,
            ["sento_client_connections_no_tls"] = 1,
            ["sento_client_connections_received_total"] = 4,
            ["sento_client_connections_setup_succeeded_total"] = 2,
            ["sento_client_connections_setup_failed_auth_total"] = 1,
            ["sento_client_connections_closed_total"] = 2,
            ["sento_database_connections"] = 2,
            ["sento_database_connections_with_tls"] = 2,
            ["sento_database_connection_requests_total"] = 2,
            ["sento_database_connection_requests_with_tls_total"] = 2,
            ["sento_database_connections_setup_succeeded_total"] = 2,
            ["sento_database_connections_setup_failed_total"] = 0,
            ["sento_database_connections_currently_borrowed"] = 2,
            ["sento_database_connections_currently_in_transaction"] = 1,
            ["sento_database_connections_currently_session_pinned"] = 1,
            ["sento_max_database_connections_allowed"] = 3,
            ["sento_availability_percentage"] = 100,
        });
        Assert.Equal(1, (await sento.Metrics()).Sum("sento_pins_total", "reason=\"AdvisoryLocks\""));
        Assert.Equal(1, (await sento.Metrics()).Sum("sento_sessions_pinned", "reason=\"AdvisoryLocks\""));
        await plain.Query("commit");
        await secure.Query("select pg_advisory_unlock(1)");
        await plain.Terminate();
        await Holds(sento, new()
        {
            ["sento_client_connections"] = 1,
            ["sento_client_connections_no_tls"] = 0,
            ["sento_client_connections_closed_total"] = 3,
            ["sento_database_connections_currently_borrowed"] = 0,
            ["sento_database_connections_currently_in_transaction"] = 0,
            ["sento_database_connections_currently_session_pinned"] = 0,
            ["sento_sessions_pinned"] = 0,
            ["sento_session_pinned_seconds_count"] = 1,
        });
        await server.Stop();
        await secure.Query("select 1").ContinueWith(_ => { }, TaskScheduler.Default);
        await Holds(sento, new()
        {
            ["sento_availability_percentage"] = 0,
            ["sento_database_connections"] = 0,
            ["sento_database_connections_with_tls"] = 0,
        });
        Assert.True((await sento.Metrics()).Sum("sento_database_connections_setup_failed_total") > 0);
    }

    [Fact]
    public async Task Prepares_settings_timeouts_and_cancels_are_counted()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await using var first = await ScriptedClient.Open(sento.Door());
        await using var second = await ScriptedClient.Open(sento.Door());
        var before = await sento.Metrics();
        foreach (var client in new[] { first, second })
            await client.Ask(Parse("s", "select 'the same text'"), Bind("", "s"), Execute(), Sync());
        await first.Query("set work_mem = '7MB'");
        await second.Query("select 1");
        await first.Query("begin");
        Assert.NotNull((await second.Query("select 1")).Error);
        await first.Send(Query("select pg_sleep(60)"));
        await Runs("select pg_sleep(60)");
        await first.Cancel();
        await first.ReceiveUntilReady();
        await first.Send(Query("rollback"), Query("select pg_sleep(61)"));
        await Runs("select pg_sleep(61)");
        first.Vanish();
        await Eventually.Holds(
            async () => (await sento.Metrics()).Sum("sento_statements_abandoned_total") == 1);
        var after = await sento.Metrics();
        double Grown(string name) => after.Sum(name) - before.Sum(name);
        // Each client's own Parse is done by the server, which alone knows whether the schema is the same.
        Assert.Equal(2, Grown("sento_prepared_misses_total"));
        Assert.InRange(Grown("sento_prepared_hits_total"), 1, 3);
        Assert.InRange(Grown("sento_settings_replays_total"), 2, 4);
        Assert.Equal(1, Grown("sento_borrow_timeouts_total"));
        Assert.Equal(1, Grown("sento_cancel_requests_total"));
    }

    private Task Runs(string text) => Eventually.Holds(async () => await ground.Server.Execute(
        $"select count(*) from pg_stat_activity where state = 'active' and query = '{text}'") is 1L);

    /// <summary>What the machine itself took for the statements beside pg_sleep.</summary>
    private static double Slack(MetricsPage after, MetricsPage before) =>
        after.Sum("sento_query_database_response_latency_seconds_count")
        - before.Sum("sento_query_database_response_latency_seconds_count");

    private static async Task Holds(SentoProcess sento, Dictionary<string, double> expected)
    {
        var seen = new Dictionary<string, double>();
        try
        {
            await Eventually.Holds(async () =>
            {
                var page = await sento.Metrics();
                seen = expected.Keys.ToDictionary(name => name, name => page.Sum(name));
                return expected.All(e => seen[e.Key] == e.Value);
            });
        }
        catch (TimeoutException)
        {
            Assert.Equal(expected, seen);
        }
    }
}
