using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>
/// A throwaway MariaDB and a MySQL, and before each a proxy that changes the server connection at every
/// boundary.
/// </summary>
public sealed class MySqlGround : IAsyncLifetime
{
    private readonly Dictionary<MySqlKind, (MySqlServer Server, SentoProcess Proxy)> _grounds = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var ground in await Task.WhenAll(Start(MySqlKind.MariaDb), Start(MySqlKind.MySql)))
            _grounds.Add(ground.Server.Kind, ground);
    }

    public MySqlDoor Direct(MySqlKind kind) => _grounds[kind].Server.Door();

    public MySqlDoor Through(MySqlKind kind) => new(_grounds[kind].Proxy.Door("app", "secret"));

    /// <summary>What the proxy has said of itself at last.</summary>
    public string LogOf(MySqlKind kind)
    {
        var log = _grounds[kind].Proxy.Log;
        return log[^Math.Min(log.Length, 6000)..];
    }

    public Task<Stage> OpenStage(MySqlKind kind, string name) => Stage.Open(
        name, _grounds[kind].Server.Door(MySqlServer.Superuser), Through(kind));

    public async ValueTask DisposeAsync()
    {
        foreach (var (server, proxy) in _grounds.Values)
        {
            await proxy.DisposeAsync();
            await server.DisposeAsync();
        }
    }

    private static async Task<(MySqlServer Server, SentoProcess Proxy)> Start(MySqlKind kind)
    {
        var server = await MySqlServer.Start(new MySqlOptions
        {
            Kind = kind,
            ConnectionsMax = 200,
            SetupSql = "create role if not exists stagehand; grant stagehand to app;"
                + (kind == MySqlKind.MySql
                    ? "\ngrant session_variables_admin, connection_admin on *.* to app;" : ""),
        });
        var proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = PlayText.Configuration(
                "MYSQL", [("app", "app")], $"{{Host: 127.0.0.1, Port: {server.Port}}}", "MaxConnections: 20",
                "RequireTLS: false", "", "{SecretArn: app}"),
            Environment = new Dictionary<string, string?> { ["SENTO_TEST_SWITCH"] = "always" },
        });
        return (server, proxy);
    }
}
