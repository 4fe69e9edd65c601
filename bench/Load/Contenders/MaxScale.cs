using Sento.Lab.Servers;
using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>
/// MaxScale, where its program is on the PATH: one thread, sessions that share as many server connections as
/// everyone has (<c>idle_session_pool_time=0ms</c>), no monitor; its defaults otherwise.
/// </summary>
internal sealed class MaxScale(Stage stage, string program, int poolSize) : IContender
{
    private readonly ProxyProcess _process = new(stage, "MaxScale");

    public string Name => "MaxScale";

    public string Description => Programs.AskVersion(stage, program);

    public int Port { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    public void Start()
    {
        var settings = stage.FileFor("maxscale.cnf");
        var data = Directory.CreateDirectory(stage.FileFor("maxscale")).FullName;
        File.WriteAllText(settings, Settings(data));
        // It runs as root only where told to.
        string[] user = Environment.IsPrivilegedProcess ? ["--user=root"] : [];
        _process.Start(Port, [program, "--nodaemon", $"--config={settings}", .. user], Signal.Kill);
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();

    private string Settings(string data)
    {
        var (user, password, _) = stage.Database.Credentials;
        return $"""
            [maxscale]
            threads=1
            admin_enabled=false
            logdir={data}
            datadir={data}
            cachedir={data}
            piddir={data}
            persistdir={data}

            [database]
            type=server
            address=127.0.0.1
            port={stage.Database.Port}
            persistpoolmax={poolSize}
            persistmaxtime=1h
            max_routing_connections={poolSize}

            [pool]
            type=service
            router=readconnroute
            router_options=running
            servers=database
            user={user}
            password={password}
            idle_session_pool_time=0ms

            [clients]
            type=listener
            service=pool
            address=127.0.0.1
            port={Port}

            """;
    }
}
