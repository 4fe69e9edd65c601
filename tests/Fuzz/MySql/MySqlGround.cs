using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Fuzz.MySql;

/// <summary>
/// MariaDB and MySQL, and one process with two proxies for each: one straight before the server, one behind a
/// relay that spoils what the server says.
/// </summary>
public sealed class MySqlGround : IAsyncLifetime
{
    private readonly Dictionary<MySqlKind, MySqlServer> _servers = [];
    private readonly Dictionary<MySqlKind, int> _honestPorts = [];
    private readonly Dictionary<MySqlKind, int> _spoiltPorts = [];
    private readonly Dictionary<MySqlKind, SpoilingRelay> _relays = [];
    private SentoProcess _process = null!;

    public long ResidentBytes => _process.ResidentBytes;

    public bool HasEnded => _process.HasEnded;

    /// <summary>What the process has said of itself at last.</summary>
    public string Log => _process.Log[^Math.Min(_process.Log.Length, 4000)..];

    public SpoilingRelay RelayOf(MySqlKind kind) => _relays[kind];

    /// <summary>The proxy whose server is honest.</summary>
    public MySqlDoor HonestOf(MySqlKind kind) => At(_honestPorts[kind]);

    /// <summary>The proxy whose server talks nonsense now and then.</summary>
    public MySqlDoor SpoiltOf(MySqlKind kind) => At(_spoiltPorts[kind]);

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(Enum.GetValues<MySqlKind>().Select(async kind =>
        {
            var server = await MySqlServer.Start(new MySqlOptions { Kind = kind });
            lock (_servers)
                _servers[kind] = server;
        }));
        var proxies = "";
        foreach (var (kind, server) in _servers)
        {
            _relays[kind] = new SpoilingRelay(server.Port);
            _honestPorts[kind] = FreePort.Take();
            _spoiltPorts[kind] = FreePort.Take();
            proxies += Proxy($"honest-{kind}", _honestPorts[kind], server.Port)
                + Proxy($"spoilt-{kind}", _spoiltPorts[kind], _relays[kind].Port);
        }
        _process = await SentoProcess.Start(new SentoOptions
        {
            Configuration = "Admin: {Listen: \"{admin}\"}\n"
                + "Secrets: {app: {username: app, password: secret}}\nProxies:\n" + proxies
                + Proxy("first", "{listen}", _servers[MySqlKind.MariaDb].Port),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        foreach (var relay in _relays.Values)
            await relay.DisposeAsync();
        foreach (var server in _servers.Values)
            await server.DisposeAsync();
    }

    private MySqlDoor At(int port) => new(_process.Door() with { Port = port });

    private static string Proxy(string name, int port, int target) =>
        Proxy(name, $"127.0.0.1:{port}", target);

    private static string Proxy(string name, string listen, int port) =>
        $"  - {{DBProxyName: {name}, EngineFamily: MYSQL, RequireTLS: false, Auth: [{{SecretArn: app}}],"
        + $" Endpoints: [{{Listen: [\"{listen}\"]}}],"
        + $" TargetGroup: {{Targets: [{{Host: 127.0.0.1, Port: {port}}}],"
        + " ConnectionPoolConfigurationInfo: {MaxConnections: 10, ConnectionBorrowTimeout: 20}}}\n";
}
