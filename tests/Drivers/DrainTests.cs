using System.Globalization;
using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>A proxy that is told to stop while pgbench works through it.</summary>
[Collection(DatabaseFixture.Name)]
public sealed partial class DrainTests(DatabaseFixture database, ProxyFixture next)
    : IClassFixture<ProxyFixture>
{
    private const int Clients = 8;
    private const int Transactions = 25;
    private const string Script = """
        begin;
        insert into drained values (:client_id);
        select count(*) from drained where client = :client_id;
        commit;

        """;

    [Fact]
    public async Task Pgbench_that_reconnects_goes_over_to_the_next_proxy_without_an_error()
    {
        await using var proxy = await Begin();
        var hosts = database.Target with { Host = $"{proxy.Host},{next.Proxy.Host}" };
        var running = Pgbench(hosts, $"{proxy.Port},{next.Proxy.Port}", "-C", "-t", $"{Transactions}");
        await Eventually.Holds(async () =>
            (await proxy.Metrics()).Sum("sento_client_connections_setup_succeeded_total") >= 60);
        proxy.Drain();
        Assert.Equal(0, await proxy.WaitForEnd());
        var done = await running;
        Assert.True(done.ExitCode == 0, $"{done.Errors}\n{done.Output}");
        Assert.Contains("number of failed transactions: 0 ", done.Output, StringComparison.Ordinal);
        Assert.Equal((long)Clients * Transactions,
            await database.Server.Execute("select count(*) from drained"));
        Assert.Contains("0 clients were ended inside a transaction", proxy.Log, StringComparison.Ordinal);
        var after = (await next.Proxy.Metrics()).Sum("sento_client_connections_setup_succeeded_total");
        Assert.InRange(after, 1, (Clients * Transactions) - 60);
    }

    [Fact]
    public async Task Pgbench_that_stays_is_told_between_transactions_and_loses_none()
    {
        await using var proxy = await Begin();
        var running = Pgbench(database.Target with { Host = proxy.Host }, $"{proxy.Port}", "-T", "60");
        await Eventually
            .Holds(async () => await database.Server.Execute("select count(*) from drained") is > 200L);
        proxy.Drain();
        Assert.Equal(0, await proxy.WaitForEnd());
        var done = await running;
        Assert.Contains("0 clients were ended inside a transaction", proxy.Log, StringComparison.Ordinal);
        Assert.Equal(Clients, Told().Count(done.Errors));
        var processed = Processed().Match(done.Output).Groups[1].Value;
        Assert.Equal(
            long.Parse(processed, CultureInfo.InvariantCulture),
            await database.Server.Execute("select count(*) from drained"));
    }

    private async Task<SentoProcess> Begin()
    {
        await database.Clean();
        await database.Server
            .Execute($"create table drained (client int); grant all on drained to {PostgresServer.User}");
        return await next.Start();
    }

    private static async Task<FinishedProcess> Pgbench(DriverTarget target, string ports,
        params string[] arguments)
    {
        var folder = RunFolder.Create("drain");
        var script = Path.Combine(folder, "script.sql");
        await File.WriteAllTextAsync(script, Script);
        var environment = ProgramDriver.EnvironmentOf(target);
        environment["PGPORT"] = ports;
        var done = await GuardedProcess.Run(
            new Recipe("pgbench", ["-n", "-c", $"{Clients}", "-j", "2", "-f", script, .. arguments])
            {
                Environment = environment,
            },
            ProgramDriver.Deadline);
        Directory.Delete(folder, recursive: true);
        return done;
    }

    [GeneratedRegex("terminating connection: the proxy is shutting down")]
    private static partial Regex Told();

    [GeneratedRegex("number of transactions actually processed: ([0-9]+)")]
    private static partial Regex Processed();
}
