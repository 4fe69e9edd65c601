using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>The scenarios themselves: what fails here is a mistake in a scenario, not in the proxy.</summary>
[Collection(DatabaseFixture.Name)]
public sealed class DirectTests(DatabaseFixture database)
{
    public static TheoryData<string, string> Plays => KnownDrivers.Plays();

    [Theory]
    [MemberData(nameof(Plays))]
    public async Task Scenario_passes_without_a_proxy(string driver, string scenario)
    {
        await database.Clean();
        var report = await KnownDrivers.Named(driver).Play(scenario, database.Target);

        Assert.Equal(scenario, report.Scenario);
        Assert.True(report.Sessions > 0);
    }
}
