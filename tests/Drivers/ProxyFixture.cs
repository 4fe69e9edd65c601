using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>One proxy with five server connections before the suite's database.</summary>
public sealed class ProxyFixture(DatabaseFixture database) : IAsyncLifetime
{
    public const int ServerConnectionsMax = 5;

    public SentoProcess Proxy { get; private set; } = null!;

    public DriverTarget Target => database.Target with { Host = Proxy.Host, Port = Proxy.Port };

    public async ValueTask InitializeAsync() => Proxy = await Start();

    /// <summary>One more of the same.</summary>
    public Task<SentoProcess> Start() => SentoProcess.Start(new SentoOptions
    {
        TargetUrl = database.Server.Url,
        ConnectionsMax = ServerConnectionsMax,
    });

    public ValueTask DisposeAsync() => Proxy.DisposeAsync();
}
