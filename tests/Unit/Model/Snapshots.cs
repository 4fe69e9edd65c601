using Sento.Base;
using Sento.Model;

namespace Sento.Tests.Unit.Model;

/// <summary>A snapshot without any fault, to change one thing of.</summary>
internal static class Snapshots
{
    public const string Password = "hunter2-should-never-be-shown";

    public static ProxySnapshot Good { get; } = new(1, [Proxy("shop", "127.0.0.1:6432")], new AdminConfig());

    public static ProxyConfig Proxy(string name, params string[] listen) => new()
    {
        DBProxyName = name,
        EngineFamily = EngineFamily.PostgreSql,
        Auth = [Auth("app", "app")],
        Endpoints = [new EndpointConfig { DBProxyEndpointName = "default", Listen = [.. listen] }],
        TargetGroup = new TargetGroupConfig { Targets = [new TargetConfig { Host = "db", Port = 5432 }] },
    };

    public static AuthConfig Auth(string secret, string user, string password = Password) => new()
    {
        SecretArn = secret,
        Secret = new SecretConfig(secret, user, SecretBytes.FromText(password)),
    };

    public static ProxySnapshot With(Func<ProxyConfig, ProxyConfig> change) =>
        Good with { Proxies = [change(Good.Proxies[0])] };

    public static ProxySnapshot WithPool(Func<PoolConfig, PoolConfig> change) => With(proxy => proxy with
    {
        TargetGroup = proxy.TargetGroup with
        {
            ConnectionPoolConfigurationInfo = change(proxy.TargetGroup.ConnectionPoolConfigurationInfo),
        },
    });

    public static ProxySnapshot WithTarget(Func<TargetConfig, TargetConfig> change) =>
        With(proxy => proxy with
    {
        TargetGroup = proxy.TargetGroup with { Targets = [change(proxy.TargetGroup.Targets[0])] },
    });
}
