using System.Diagnostics;
using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>A target that crashes, restarts, or has no room for us: who hears what, and how soon it is
/// over.</summary>
public sealed class Restarts(Ground ground, ITestOutputHelper output)
{
    private const int Clients = 20;
    private const int ConnectionsMax = 5;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_restart_under_load_costs_single_answers_and_no_session(bool crashes, bool isTls)
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        await using var server = await PostgresServer.Start(
            new PostgresOptions { Certificate = isTls ? certificate : null });
        await server.Execute("create table told (client int, round int); alter table told owner to app");
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(server.Port, isTls ? ", Tls: require" : ""),
                $"MaxConnections: {ConnectionsMax}, ConnectionBorrowTimeout: 60"),
        });
        using var over = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Clients).Select(i => new Worker(sento.Door(), i)).ToArray();
        var working = Task.WhenAll(workers.Select(worker => worker.Run(over.Token)));
        await Eventually.Holds(() => Array.TrueForAll(workers, worker => worker.Told.Count > 3));

        await (crashes ? server.Kill() : server.Stop());
        await server.Start();
        var watch = Stopwatch.StartNew();
        var before = workers.Select(worker => worker.Told.Count).ToArray();
        await Eventually.Holds(() => workers.Index().All(w => w.Item.Told.Count > before[w.Index] + 3));
        var recovered = watch.Elapsed;
        await over.CancelAsync();
        await working;

        var errors = workers.SelectMany(worker => worker.Errors).ToArray();
        output.WriteLine($"Crash: {crashes}. All served {recovered.TotalSeconds:0.00} s after the server: "
            + $"{errors.Length} errors of {Clients} clients on {ConnectionsMax} connections: "
            + string.Join(", ", errors.CountBy(error => error)));
        // Only what was on a connection at that moment is lost; who waits is served afterwards.
        Assert.InRange(errors.Length, 0, 2 * ConnectionsMax);
        Assert.All(errors, error => Assert.Contains(error, (string[])["57P01", "57P02", "08006"]));
        Assert.InRange(recovered.TotalSeconds, 0, 20);
        foreach (var worker in workers)
        {
            var found = await server.Execute($"""
                select string_agg(round::text, ',' order by round) from told where client = {worker.Number}
                """);
            var rounds = ((string)found!).Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture));
            Assert.Equal(rounds.Distinct(), rounds);
            Assert.Empty(worker.Told.Except(rounds));
        }
    }

    [Fact]
    public async Task A_server_that_has_no_room_is_asked_again_until_it_has()
    {
        await using var sento = await Narrow(30);
        await using var holder = await ScriptedClient.Open(ground.Server.Door("narrow"));
        await using var client = await ScriptedClient.Connect(sento.Door("narrow"));
        var signIn = client.SignIn();
        await Eventually.Holds(
            async () => (await sento.Metrics()).Sum("sento_database_connections_setup_failed_total") > 0);
        await holder.Terminate();
        Assert.True((await signIn)[^1].IsReady);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
        await client.Terminate();
    }

    [Fact]
    public async Task A_server_that_has_no_room_in_time_is_quoted_and_others_are_served_meanwhile()
    {
        await using var sento = await Narrow(3);
        await using var holder = await ScriptedClient.Open(ground.Server.Door("narrow"));
        await using var client = await ScriptedClient.Connect(sento.Door("narrow"));
        var signIn = client.SignIn();
        await Eventually.Holds(
            async () => (await sento.Metrics()).Sum("sento_database_connections_setup_failed_total") > 1);
        var watch = Stopwatch.StartNew();
        await using var other = await ScriptedClient.Open(sento.Door());
        Assert.Equal("app", (await other.Query("select current_user")).Scalar);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal(200, (await sento.Admin("/health")).Status);
        var error = (await signIn).Error;
        Assert.Equal("53300", error?.SqlState);
        Assert.Contains("too many connections for role", error?.FullText, StringComparison.Ordinal);
        await holder.Terminate();
    }

    /// <summary>A role that the server lets in once.</summary>
    private async Task<SentoProcess> Narrow(int borrowTimeout)
    {
        await ground.Server.Execute("""
            do $$ begin
              if not exists (select from pg_roles where rolname = 'narrow') then
                create role narrow login password 'secret' connection limit 1;
              end if;
            end $$
            """);
        await Eventually.Holds(async () => await ground.Server.CountConnections("narrow") == 0);
        return await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(ground.Server.Port),
                    $"MaxConnections: 4, ConnectionBorrowTimeout: {borrowTimeout}",
                auth: "{SecretArn: app}, {SecretArn: narrow}")
                .Replace("Secrets:\n", "Secrets:\n  narrow: {username: narrow, password: secret}\n",
                    StringComparison.Ordinal),
        });
    }

    /// <summary>Inserts one row after the other, each by a statement that it has prepared once.</summary>
    private sealed class Worker(ServerDoor door, int number)
    {
        public int Number => number;

        /// <summary>Rounds that were acknowledged.</summary>
        public List<int> Told { get; } = [];

        public List<string> Errors { get; } = [];

        public async Task Run(CancellationToken over)
        {
            await using var client = await ScriptedClient.Open(door);
            await client.Query($"set application_name = 'worker {number}'");
            await client.Ask(Parse("s",
                "insert into told values ($1, $2) returning current_setting('application_name')"), Sync());
            for (var round = 0; !over.IsCancellationRequested; round++)
            {
                var replies = await client.Ask(Bind("", "s", $"{number}", $"{round}"), Execute(), Sync());
                Assert.True(replies[^1].IsReady, replies.FullText);
                if (replies.Error is { } error)
                {
                    Errors.Add(error.SqlState!);
                    continue;
                }
                Assert.Equal($"worker {number}", replies.Scalar);
                Told.Add(round);
            }
        }
    }
}
