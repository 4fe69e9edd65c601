using Sento.Lab.Roads;
using Sento.Lab.Servers;
using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>
/// PgBouncer in transaction mode with prepared statements on, nothing logged and its defaults otherwise.
/// Clients are checked against the server's own SCRAM secret, the cheapest way it documents: the keys that a
/// client proves open the server connection too.
/// </summary>
internal sealed class PgBouncer : IContender
{
    private readonly Stage _stage;
    private readonly string _program;
    private readonly int _poolSize;
    private readonly ProxyProcess _process;

    public PgBouncer(Stage stage, string name, string program, int poolSize)
    {
        Name = name;
        _stage = stage;
        _program = program;
        _poolSize = poolSize;
        _process = new ProxyProcess(stage, Name);
        Description = Child.Run(
            Name, [program, "--version"], FileFor("version"), stage.Interruption,
            TimeSpan.FromSeconds(10)).Split('\n')[0];
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>pkt_buf: bytes of one of its buffers, its default if null.</summary>
    public int? BufferBytes { get; init; }

    public int Port { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    public void Start()
    {
        var settings = FileFor("ini");
        var users = FileFor("users");
        var (user, secret) = (_stage.Server.Credentials.User, _stage.Server.ScramSecret);
        File.WriteAllText(users, PgBouncerSettings.UserLine(user, secret));
        File.WriteAllText(settings, Settings(users));
        _process.Start(Port, [_program, "--quiet", settings], Signal.Quit);
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();

    private string FileFor(string kind) => _stage.FileFor($"{Name.ToLowerInvariant()}.{kind}");

    private string Settings(string users) => new PgBouncerSettings(
        _stage.Server.Credentials.Database, _stage.Server.Port, Port, users, _stage.Server.User, _poolSize)
    {
        More = $"""
            client_tls_sslmode = allow
            client_tls_cert_file = {_stage.Certificate.CertificatePath}
            client_tls_key_file = {_stage.Certificate.KeyPath}
            log_connections = 0
            log_disconnections = 0
            log_pooler_errors = 0
            log_stats = 0
            {(BufferBytes is { } bytes ? $"pkt_buf = {bytes}" : "")}
            """,
    }.Text;
}
