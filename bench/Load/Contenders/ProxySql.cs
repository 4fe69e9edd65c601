using Sento.Lab.Servers;
using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>
/// ProxySQL, where its program is on the PATH: one thread, its monitor off, the pool as large as everyone's;
/// its defaults otherwise.
/// </summary>
internal sealed class ProxySql(Stage stage, string program, int poolSize) : IContender
{
    private readonly ProxyProcess _process = new(stage, "ProxySQL");

    public string Name => "ProxySQL";

    public string Description => Programs.AskVersion(stage, program);

    public int Port { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    public void Start()
    {
        var settings = stage.FileFor("proxysql.cnf");
        var data = Directory.CreateDirectory(stage.FileFor("proxysql")).FullName;
        File.WriteAllText(settings, Settings(data));
        string[] command =
            [program, "--foreground", "--initial", "--config", settings, "--datadir", data];
        _process.Start(Port, command, Signal.Kill);
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();

    private string Settings(string data)
    {
        var (user, password, database) = stage.Database.Credentials;
        return $$"""
            datadir="{{data}}"
            admin_variables=
            {
                admin_credentials="{{user}}:{{password}}"
                mysql_ifaces="{{data}}/admin.sock"
            }
            mysql_variables=
            {
                threads=1
                interfaces="127.0.0.1:{{Port}}"
                default_schema="{{database}}"
                max_connections=20000
                monitor_enabled=false
            }
            mysql_servers=
            (
                {
                    address="127.0.0.1", port={{stage.Database.Port}}, hostgroup=0,
                    max_connections={{poolSize}}
                }
            )
            mysql_users=
            (
                {
                    username="{{user}}", password="{{password}}", default_hostgroup=0,
                    max_connections=20000, active=1
                }
            )

            """;
    }
}
