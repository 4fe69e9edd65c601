using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>
/// Real drivers share five server connections without noticing, and nothing they do pins a session.
/// </summary>
public abstract class MySqlPlays(MySqlKind kind, MySqlGrounds grounds, MySqlProxies proxies)
{
    protected async Task Play(string driver, string scenario)
    {
        var ground = await grounds.Of(kind);
        var proxy = await proxies.Of(ground);
        await ground.Clean();
        var before = await PinCounts.Read(proxy);

        var report = await KnownMySqlDrivers.Named(driver).Play(
            scenario, ground.Target with { Host = proxy.Host, Port = proxy.Port });

        Assert.Equal(scenario, report.Scenario);
        var after = await PinCounts.Read(proxy);
        Assert.Equal("", after.SinceText(before));
        Assert.InRange(await ground.Server.CountConnections(), 1, ProxyFixture.ServerConnectionsMax);
    }
}

/// <inheritdoc/>
public sealed class MariaDbThroughSentoTests(MySqlGrounds grounds, MySqlProxies proxies)
    : MySqlPlays(MySqlKind.MariaDb, grounds, proxies), IClassFixture<MySqlProxies>
{
    public static TheoryData<string, string> Plays => KnownMySqlDrivers.Plays(MySqlKind.MariaDb);

    [Theory]
    [MemberData(nameof(Plays))]
    public Task Scenario_passes_and_pins_nobody(string driver, string scenario) => Play(driver, scenario);
}

/// <inheritdoc/>
public sealed class MySqlThroughSentoTests(MySqlGrounds grounds, MySqlProxies proxies)
    : MySqlPlays(MySqlKind.MySql, grounds, proxies), IClassFixture<MySqlProxies>
{
    public static TheoryData<string, string> Plays => KnownMySqlDrivers.Plays(MySqlKind.MySql);

    [Theory]
    [MemberData(nameof(Plays))]
    public Task Scenario_passes_and_pins_nobody(string driver, string scenario) => Play(driver, scenario);
}

/// <summary>One proxy with five server connections before each server.</summary>
public sealed class MySqlProxies : IAsyncDisposable
{
    private readonly Dictionary<MySqlGround, SentoProcess> _proxies = [];

    public async Task<SentoProcess> Of(MySqlGround ground)
    {
        if (!_proxies.TryGetValue(ground, out var proxy))
        {
            _proxies[ground] = proxy = await SentoProcess.Start(new SentoOptions
            {
                TargetUrl = ground.Url,
                ConnectionsMax = ProxyFixture.ServerConnectionsMax,
            });
        }
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
            await proxy.DisposeAsync();
    }
}
