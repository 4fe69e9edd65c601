using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Fuzz;

/// <summary>
/// A real server, and one process with two proxies: one straight before the server, one behind a relay that
/// spoils what the server says. Both share the process, its loops and its memory.
/// </summary>
public sealed class Ground : IAsyncLifetime
{
    private readonly int _spoiltPort = FreePort.Take();
    private SentoProcess _process = null!;

    public PostgresServer Server { get; private set; } = null!;

    public SpoilingRelay Relay { get; private set; } = null!;

    public int Pid => _process.Pid;

    public bool HasEnded => _process.HasEnded;

    /// <summary>What the process has said of itself at last.</summary>
    public string Log => _process.Log[^Math.Min(_process.Log.Length, 4000)..];

    /// <summary>The proxy whose server is honest.</summary>
    public ServerDoor Honest => _process.Door();

    /// <summary>The proxy whose server talks nonsense now and then.</summary>
    public ServerDoor Spoilt => _process.Door() with { Port = _spoiltPort };

    public async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.Start(new PostgresOptions
        {
            ConnectionsMax = 100,
            Settings = new Dictionary<string, string>
            {
                ["scram_iterations"] = "100",
                ["autovacuum"] = "off",
            },
        });
        Relay = new SpoilingRelay(Server.Port);
        _process = await SentoProcess.Start(new SentoOptions
        {
            Configuration =
                "Admin: {Listen: \"{admin}\"}\nSecrets: {app: {username: app, password: secret}}\nProxies:\n"
                + Proxy("honest", "{listen}", Server.Port)
                + Proxy("spoilt", $"127.0.0.1:{_spoiltPort}", Relay.Port),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await Relay.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static string Proxy(string name, string listen, int port) =>
        $"  - {{DBProxyName: {name}, EngineFamily: POSTGRESQL, RequireTLS: false, Auth: [{{SecretArn: app}}],"
        + $" Endpoints: [{{Listen: [\"{listen}\"]}}],"
        + $" TargetGroup: {{Targets: [{{Host: 127.0.0.1, Port: {port}}}],"
        + " ConnectionPoolConfigurationInfo: {MaxConnections: 10, ConnectionBorrowTimeout: 20}}}\n";
}
