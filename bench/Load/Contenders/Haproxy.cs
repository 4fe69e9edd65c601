using Sento.Lab.Servers;
using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>
/// haproxy as a relay of TCP: what passing bytes costs at least. It pools nothing: each of its clients has
/// a server connection of its own.
/// </summary>
internal sealed class Haproxy(Stage stage, string program) : IContender
{
    private readonly ProxyProcess _process = new(stage, "haproxy");

    public string Name => "haproxy";

    public string Description => $"haproxy {Programs.VersionOf(program, "haproxy")}, a relay without a pool";

    public int Port { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    public bool IsRelay => true;

    public void Start()
    {
        if (!File.Exists(program)) throw new BenchFailure($"{program} does not exist");
        var settings = stage.FileFor("haproxy.cfg");
        File.WriteAllText(settings, $"""
            global
                nbthread 1
                maxconn 1000
            defaults
                mode tcp
                timeout connect 10s
                timeout client 1h
                timeout server 1h
            listen relay
                bind 127.0.0.1:{Port}
                server database 127.0.0.1:{stage.Database.Port}

            """);
        _process.Start(Port, [program, "-db", "-f", settings], Signal.Kill);
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();
}
