using Sento.Lab.Servers;
using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>
/// Odyssey in transaction mode with prepared statements on, one worker (its cheapest for one small host),
/// nothing logged, no discard at release; its defaults otherwise.
/// </summary>
internal sealed class Odyssey(Stage stage, string program, int poolSize) : IContender
{
    private readonly ProxyProcess _process = new(stage, "Odyssey");

    public string Name => "Odyssey";

    public string Description => "Odyssey " + Programs.VersionOf(program, "odyssey");

    public int Port { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    public void Start()
    {
        if (!File.Exists(program)) throw new BenchFailure($"{program} does not exist");
        var settings = stage.FileFor("odyssey.conf");
        File.WriteAllText(settings, Settings());
        _process.Start(Port, [program, settings], Signal.Kill);
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();

    private string Settings()
    {
        var (user, password, database) = stage.Server.Credentials;
        return $$"""
            daemonize no
            log_format "%p %t %l %m\n"
            log_to_stdout yes
            log_config no
            log_debug no
            log_session no
            log_query no
            log_stats no
            workers 1
            resolvers 1
            client_max 100000
            listen {
                host "127.0.0.1"
                port {{Port}}
                tls "allow"
                tls_cert_file "{{stage.Certificate.CertificatePath}}"
                tls_key_file "{{stage.Certificate.KeyPath}}"
            }
            storage "server" {
                type "remote"
                host "127.0.0.1"
                port {{stage.Server.Port}}
            }
            database "{{database}}" {
                user "{{user}}" {
                    authentication "scram-sha-256"
                    password "{{stage.Server.ScramSecret}}"
                    storage_user "{{user}}"
                    storage_password "{{password}}"
                    storage "server"
                    pool "transaction"
                    pool_size {{poolSize}}
                    pool_discard no
                    pool_reserve_prepared_statement yes
                }
            }

            """;
    }
}
