using System.Globalization;
using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>Many clients on few connections for a while: <c>./test --soak</c>.</summary>
/// <remarks>SENTO_SOAK_SECONDS makes it longer.</remarks>
public sealed partial class SoakRun(DatabaseFixture database, ITestOutputHelper output)
{
    private const int Clients = 200;
    private const int ConnectionsMax = 10;
    private const int SecondsUsual = 60;

    [Fact(Explicit = true)]
    public async Task Two_hundred_clients_on_ten_connections_meet_no_error()
    {
        var wish = Environment.GetEnvironmentVariable("SENTO_SOAK_SECONDS");
        var seconds =
            int.TryParse(wish, CultureInfo.InvariantCulture, out var wanted) ? wanted : SecondsUsual;
        await database.Clean();
        await Pgbench(database.Target, TimeSpan.FromMinutes(2), "-i", "-q", "-s", "10");
        await using var proxy = await SentoProcess.Start(new SentoOptions
        {
            TargetUrl = database.Server.Url,
            ConnectionsMax = ConnectionsMax,
        });
        var target = database.Target with { Host = proxy.Host, Port = proxy.Port };
        var running = Pgbench(
            target, TimeSpan.FromSeconds(seconds + 120), "-n", "-M", "prepared",
            "-c", $"{Clients}", "-j", $"{Clients}", "-T", $"{seconds}", "-P", "10");

        var (most, samples) = await CountWhile(running);

        var done = await running;
        output.WriteLine(done.Output);
        output.WriteLine(
            $"At most {most} of {ConnectionsMax} connections in {samples} samples of pg_stat_activity.");
        Assert.InRange(most, 1, ConnectionsMax);
        Assert.True(samples >= seconds / 2, $"only {samples} samples in {seconds} s");
        Assert.Matches(NoneFailed(), done.Output);
        Assert.DoesNotContain("ERROR", done.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("aborted", done.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await proxy.Metrics()).Sum("sento_pins_total"));
        await Eventually.Holds(async () =>
            (await proxy.Metrics()).Sum("sento_database_connections_currently_borrowed") == 0);
    }

    private async Task<(long Most, int Samples)> CountWhile(Task running)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var (most, samples) = (0L, 0);
        while (!running.IsCompleted)
        {
            most = Math.Max(most, await database.Server.CountConnections());
            samples++;
            await turns.WaitForNextTickAsync();
        }
        return (most, samples);
    }

    private static async Task<FinishedProcess> Pgbench(
        DriverTarget target, TimeSpan deadline, params string[] arguments)
    {
        var recipe = new Recipe("pgbench", arguments)
        {
            Environment = ProgramDriver.EnvironmentOf(target),
        };
        var done = await GuardedProcess.Run(recipe, deadline);
        Assert.True(done.ExitCode == 0, $"pgbench ended with {done.ExitCode}: {done.Errors}");
        return done;
    }

    [GeneratedRegex(@"number of failed transactions: 0 ")]
    private static partial Regex NoneFailed();
}
