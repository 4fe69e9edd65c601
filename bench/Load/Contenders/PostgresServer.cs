using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Sento.Lab.Servers;
using Sento.Load.Processes;
using Sento.Load.Wire;

namespace Sento.Load.Contenders;

/// <summary>
/// A throw-away PostgreSQL server on loopback with pgbench's tables: everybody's target. It syncs nothing to
/// disk and vacuums nothing, so that it disturbs the measurement as little as it can.
/// </summary>
internal sealed class PostgresServer : IDatabase
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly Stage _stage;
    private readonly string _programs;
    private Child? _child;

    public PostgresServer(Stage stage, string programs)
    {
        _stage = stage;
        _programs = programs;
        Credentials = new("bench", RandomNumberGenerator.GetHexString(24, lowercase: true), "bench");
        User = Environment.IsPrivilegedProcess ? "postgres" : null;
    }

    public int Port { get; } = Ports.Free();

    public Credentials Credentials { get; }

    /// <summary>
    /// The user that servers run as when we are root, which they refuse; else null: ourselves.
    /// </summary>
    public string? User { get; }

    public string Version { get; private set; } = "";

    /// <summary>The stored SCRAM secret of the bench's role.</summary>
    public string ScramSecret { get; private set; } = "";

    public string Url =>
        $"postgresql://{Credentials.User}:{Credentials.Password}@127.0.0.1:{Port}/{Credentials.Database}";

    public string PathOf(string program) => Path.Combine(_programs, program);

    /// <param name="scale">pgbench's scale: 100,000 rows each, about 15 MB.</param>
    public void Start(int scale)
    {
        var data = _stage.FileFor("data");
        Run("initdb", ["-D", data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256",
            "--no-sync", "--encoding=UTF8", "--locale=C"]);
        File.AppendAllText(Path.Combine(data, "postgresql.conf"), Settings());
        _child = Child.Start(
            "postgres", [PathOf("postgres"), "-D", data], _stage.FileFor("postgres.log"),
            Signal.Int, User);
        if (!_stage.Interruption.WaitFor(IsReady, Patience))
            throw new BenchFailure($"PostgreSQL is not ready: {_child.LastWords()}");

        var (user, password, database) = Credentials;
        Sql("postgres", $"create role {user} login password '{password}'");
        Sql("postgres", $"create database {database} owner {user}");
        ScramSecret = Sql("postgres", $"select rolpassword from pg_authid where rolname = '{user}'");
        Version = Sql("postgres", "select split_part(version(), ' on ', 1)");
        Run("pgbench", ["--initialize", "--quiet", "--scale", scale.ToString(CultureInfo.InvariantCulture),
            "-h", _stage.Folder, "-p", PortText, "-U", user, database]);
        Sql(database, "vacuum (analyze)");
        Sql("postgres", "checkpoint");
    }

    public IRawClient SignIn(int port, IPAddress? source = null, string? certificatePath = null) =>
        RawClient.SignIn(port, Credentials, source, certificatePath);

    public void Dispose() => _child?.Dispose();

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private string Settings() => $"""
        port = {Port}
        listen_addresses = '127.0.0.1'
        unix_socket_directories = '{_stage.Folder}'
        max_connections = 300
        shared_buffers = 128MB
        fsync = off
        synchronous_commit = off
        full_page_writes = off
        autovacuum = off
        max_wal_size = 4GB
        checkpoint_timeout = 1h
        log_statement = none
        log_min_messages = warning
        log_checkpoints = off

        """;

    private bool IsReady()
    {
        if (_child!.HasEnded) throw new BenchFailure($"PostgreSQL ended at start: {_child.LastWords()}");
        try
        {
            return Sql("postgres", "select 1") == "1";
        }
        catch (BenchFailure)
        {
            return false; // Still starting.
        }
    }

    private string Sql(string database, string statement) => Run("psql",
        ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", _stage.Folder, "-p", PortText,
            "-U", "postgres", "-d", database, "-c", statement]).Trim();

    private string Run(string program, IReadOnlyList<string> arguments) => Child.Run(
        program, [PathOf(program), .. arguments], _stage.FileFor(program + ".log"), _stage.Interruption,
        Patience, User);
}
