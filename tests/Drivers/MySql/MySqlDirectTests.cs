using Sento.Tests.Support.Databases;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>The scenarios themselves: what fails here is a mistake in a scenario, not in the proxy.</summary>
public sealed class MySqlDirectTests(MySqlGrounds grounds)
{
    public static TheoryData<string, MySqlKind, string> Plays => KnownMySqlDrivers.Plays();

    // Three minutes: for whoever changes a scenario.
    [Theory(Explicit = true)]
    [MemberData(nameof(Plays))]
    public async Task Scenario_passes_without_a_proxy(string driver, MySqlKind on, string scenario)
    {
        var ground = await grounds.Of(on);
        await ground.Clean();
        var report = await KnownMySqlDrivers.Named(driver).Play(scenario, ground.Target);

        Assert.Equal(scenario, report.Scenario);
        Assert.True(report.Sessions > 0);
    }
}
