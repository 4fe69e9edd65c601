using System.Diagnostics.CodeAnalysis;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>A throwaway PostgreSQL, and a proxy before it that changes the server connection at every boundary.</summary>
public sealed class Ground : IAsyncLifetime
{
    private PostgresServer _server = null!;
    private SentoProcess? _proxy;

    public bool HasProxy => _proxy is not null;

    /// <summary>What the proxy has said of itself at last.</summary>
    public string ProxyLog => _proxy is null ? "" : _proxy.Log[^Math.Min(_proxy.Log.Length, 6000)..];

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.Start(new PostgresOptions
        {
            ConnectionsMax = 200,
            // Thousands of sign-ins: the price of each is not what is tested here.
            Settings = new Dictionary<string, string> { ["scram_iterations"] = "100", ["autovacuum"] = "off" },
            SetupSql = $"create role helper; grant helper to {PostgresServer.User}",
        });
        if (Environment.GetEnvironmentVariable("SENTO_TEST_PROXY") != "no")
            _proxy = await SentoProcess.Start(new SentoOptions
            {
                Configuration = $$"""
                    Admin: {Listen: "{admin}"}
                    Secrets:
                      app: {username: app, password: secret}
                      super: {username: postgres, password: secret}
                    Proxies:
                      - DBProxyName: isolation
                        EngineFamily: POSTGRESQL
                        Auth: [{SecretArn: app}, {SecretArn: super}]
                        Endpoints: [{Listen: ["{listen}"]}]
                        TargetGroup:
                          Targets: [{Host: 127.0.0.1, Port: {{_server.Port}}}]
                          ConnectionPoolConfigurationInfo: {MaxConnections: 20}
                    """,
                Environment = new Dictionary<string, string?> { ["SENTO_TEST_SWITCH"] = "always" },
            });
    }

    public Task<Arena> OpenArena(string database) =>
        Arena.Open(Quick(_server.Door(PostgresServer.Superuser)), Quick(_proxy?.Door()), database);

    [return: NotNullIfNotNull(nameof(door))]
    private static ServerDoor? Quick(ServerDoor? door) =>
        door is null ? null : door with { ReadsAhead = true };

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }
}
