using System.Globalization;
using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>sysbench's many clients on few connections for a while: <c>./test --soak</c>.</summary>
/// <remarks>SENTO_SOAK_SECONDS makes it longer.</remarks>
public sealed partial class MySqlSoakRun(MySqlGrounds grounds, ITestOutputHelper output)
{
    private const int Clients = 200;
    private const int ConnectionsMax = 10;
    private const int SecondsUsual = 60;

    [Theory(Explicit = true)]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public async Task Two_hundred_clients_on_ten_connections_meet_no_error(MySqlKind on)
    {
        var wish = Environment.GetEnvironmentVariable("SENTO_SOAK_SECONDS");
        var seconds =
            int.TryParse(wish, CultureInfo.InvariantCulture, out var wanted) ? wanted : SecondsUsual;
        var ground = await grounds.Of(on);
        await ground.Clean();
        await Sysbench(ground.Target, TimeSpan.FromMinutes(3), "--threads=4", "prepare");
        await using var proxy = await SentoProcess.Start(new SentoOptions
        {
            TargetUrl = ground.Url,
            ConnectionsMax = ConnectionsMax,
        });
        var target = ground.Target with { Host = proxy.Host, Port = proxy.Port };
        var running = Sysbench(target, TimeSpan.FromSeconds(seconds + 120),
            $"--threads={Clients}", $"--time={seconds}", "--report-interval=10", "run");

        var (most, samples) = await CountWhile(ground.Server, running);

        var done = await running;
        output.WriteLine(done.Output);
        output.WriteLine(
            $"At most {most} of {ConnectionsMax} connections in {samples} looks at the processlist.");
        Assert.InRange(most, 1, ConnectionsMax);
        Assert.True(samples >= seconds / 2, $"only {samples} samples in {seconds} s");
        Assert.Matches(NoneReconnected(), done.Output);
        Assert.DoesNotContain("FATAL", done.Output + done.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await proxy.Metrics()).Sum("sento_pins_total"));
        await Eventually.Holds(async () =>
            (await proxy.Metrics()).Sum("sento_database_connections_currently_borrowed") == 0);
    }

    private static async Task<(long Most, int Samples)> CountWhile(MySqlServer server, Task running)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var (most, samples) = (0L, 0);
        while (!running.IsCompleted)
        {
            most = Math.Max(most, await server.CountConnections());
            samples++;
            await turns.WaitForNextTickAsync();
        }
        return (most, samples);
    }

    /// <summary>Any error but a deadlock, which it tries again, ends sysbench.</summary>
    private static async Task<FinishedProcess> Sysbench(
        DriverTarget target, TimeSpan deadline, params string[] arguments)
    {
        var done = await GuardedProcess.Run(new Recipe("sysbench",
        [
            "oltp_read_write", "--tables=4", "--table-size=20000", "--db-driver=mysql",
            $"--mysql-host={target.Host}", $"--mysql-port={target.Port}", $"--mysql-user={target.User}",
            $"--mysql-password={target.Password}", $"--mysql-db={target.Database}", .. arguments,
        ]), deadline);
        Assert.True(done.ExitCode == 0, $"sysbench ended with {done.ExitCode}: {done.Output} {done.Errors}");
        return done;
    }

    [GeneratedRegex(@"reconnects: +0 ")]
    private static partial Regex NoneReconnected();
}
