using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>
/// Real drivers share five server connections without noticing, and nothing they do pins a session.
/// </summary>
[Collection(DatabaseFixture.Name)]
public sealed class ThroughSentoTests(DatabaseFixture database, ProxyFixture proxy)
    : IClassFixture<ProxyFixture>
{
    public static TheoryData<string, string> Plays => KnownDrivers.Plays();

    [Theory]
    [MemberData(nameof(Plays))]
    public async Task Scenario_passes_and_pins_nobody(string driver, string scenario)
    {
        await database.Clean();
        var before = await PinCounts.Read(proxy.Proxy);

        var report = await KnownDrivers.Named(driver).Play(scenario, proxy.Target);

        Assert.Equal(scenario, report.Scenario);
        var after = await PinCounts.Read(proxy.Proxy);
        Assert.Equal("", after.SinceText(before));
    }
}
