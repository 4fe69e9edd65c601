using System.Globalization;
using System.Text;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>Measures what docs/operating/drivers.md tells: <c>./test --drivers-table</c>.</summary>
public sealed class DriversTable(DatabaseFixture database, MySqlGrounds mySql, ITestOutputHelper output)
{
    private const string Head = """
        # Drivers

        Written by `./test --drivers-table`, which plays the scenarios of [tests/Drivers](../../tests/Drivers)
        with each library at its default settings through one Sento with five server connections; nothing here
        is typed by hand.

        - **Scenarios**: how many of the driver's scenarios got every answer right.
        - **Pins per 1,000 sessions**: how often a session had to keep its server connection beyond a
          transaction.
        - **Connections for 200 clients**: the fewest server connections with which 200 clients at once, each
          with settings and prepared statements of its own, finished their transactions without an error.

        | Driver | Version | Server | Scenarios | Pins per 1,000 sessions | Connections for 200 clients |
        | --- | --- | --- | ---: | ---: | ---: |

        """;

    [Fact(Explicit = true)]
    public async Task Table_is_measured_and_written()
    {
        var text = new StringBuilder(Head);
        foreach (var driver in KnownDrivers.All)
            text.Append(await Row(database, "PostgreSQL", driver)).Append('\n');
        foreach (var (driver, kind) in KnownMySqlDrivers.Pairs)
        {
            var server = kind == MySqlKind.MariaDb ? "MariaDB" : "MySQL";
            text.Append(await Row(await mySql.Of(kind), server, driver)).Append('\n');
        }
        var path = SourceTree.At("docs", "operating", "drivers.md");
        await File.WriteAllTextAsync(path, text.ToString());
    }

    private async Task<string> Row(IDriverGround ground, string server, Driver driver)
    {
        var row = await new DriverMeasure(ground, output).Measure(driver, server);
        output.WriteLine(row);
        return row;
    }
}

/// <summary>One driver on one server, through proxies of few and of fewer connections.</summary>
internal sealed class DriverMeasure(IDriverGround ground, ITestOutputHelper output)
{
    private const int UsualConnections = 5;

    /// <summary>Tried downwards from what the tests use as long as it works, else upwards.</summary>
    private static readonly int[] Fewer = [2, 1];

    private static readonly int[] More = [20, 50, 200];

    public async Task<string> Measure(Driver driver, string server)
    {
        var version = "?";
        var passed = 0;
        var sessions = 0;
        var crowdPassed = false;
        double pins;
        await using (var proxy = await StartProxy(UsualConnections))
        {
            var before = await PinCounts.Read(proxy);
            foreach (var scenario in driver.Scenarios)
            {
                if (await TryPlay(driver, scenario, proxy) is not { } report)
                    continue;
                version = report.Version;
                sessions += report.Sessions;
                passed++;
                crowdPassed |= scenario == Driver.Crowd;
            }
            var after = await PinCounts.Read(proxy);
            output.WriteLine($"{driver.Name}: pins {after.SinceText(before)}");
            pins = after.Since(before);
        }
        var needed = await FewestConnections(driver, crowdPassed);
        var perThousand = sessions == 0 ? 0 : pins * 1000 / sessions;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {driver.Name} | {version} | {server} | {passed} of {driver.Scenarios.Count} "
            + $"| {perThousand:0.#} | {needed} |");
    }

    private async Task<string> FewestConnections(Driver driver, bool usualPassed)
    {
        var fewest = usualPassed ? UsualConnections : (int?)null;
        foreach (var connections in usualPassed ? Fewer : More)
        {
            await using var proxy = await StartProxy(connections);
            var passed = await TryPlay(driver, Driver.Crowd, proxy) is not null;
            if (passed)
                fewest = connections;
            // Fewer failed, or more succeeded: the search is over.
            if (passed != usualPassed)
                break;
        }
        return fewest?.ToString(CultureInfo.InvariantCulture) ?? "more than 200";
    }

    private async Task<DriverReport?> TryPlay(Driver driver, string scenario, SentoProcess proxy)
    {
        try
        {
            await ground.Clean();
            var target = ground.Target with { Host = proxy.Host, Port = proxy.Port };
            return await driver.Play(scenario, target);
        }
        catch (Exception error)
        {
            output.WriteLine($"{driver.Name}, {scenario}: {error.Message}");
            return null;
        }
    }

    private Task<SentoProcess> StartProxy(int connections) => SentoProcess.Start(new SentoOptions
    {
        TargetUrl = ground.Url,
        ConnectionsMax = connections,
    });
}
