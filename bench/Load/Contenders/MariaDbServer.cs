using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Sento.Lab.Servers;
using Sento.Load.Measures;
using Sento.Load.Processes;
using Sento.Load.Wire;

namespace Sento.Load.Contenders;

/// <summary>
/// A throw-away MariaDB of the distribution on loopback with sysbench's tables. It syncs nothing to disk.
/// </summary>
internal sealed class MariaDbServer(Stage stage) : IDatabase
{
    private const string Server = "/usr/sbin/mariadbd";
    private const int RowsPerScale = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private Child? _child;

    public int Port { get; } = Ports.Free();

    public Credentials Credentials { get; } =
        new("bench", RandomNumberGenerator.GetHexString(24, lowercase: true), "bench");

    public string? User { get; } = ServerUser.Name;

    public string Version { get; private set; } = "";

    public string Url =>
        $"mysql://{Credentials.User}:{Credentials.Password}@127.0.0.1:{Port}/{Credentials.Database}";

    /// <summary>Rows of sysbench's one table.</summary>
    public int Rows { get; private set; }

    public void Start(int scale)
    {
        if (!File.Exists(Server)) throw new BenchFailure($"{Server} does not exist: install mariadb-server");
        var data = stage.FileFor("data");
        // A server that starts deletes the temporary files of all others in its folder.
        string[] files = [$"--datadir={data}", $"--tmpdir={data}"];
        Child.Run("mariadb-install-db", ["mariadb-install-db", "--no-defaults", .. files, "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M"],
            stage.FileFor("install.log"), stage.Interruption, Patience, User);
        var (user, password, database) = Credentials;
        var setup = stage.FileFor("setup.sql");
        File.WriteAllText(setup, $"create database {database};\n"
            + $"create user {user}@'%' identified by '{password}';\ngrant all on *.* to {user}@'%';\n"
            + "drop user if exists ''@'localhost';\n");
        stage.GiveAway(setup);
        _child = Child.Start("mariadbd", [Server, "--no-defaults", .. files, $"--port={Port}",
            $"--socket={stage.FileFor("s.sock")}", "--bind-address=127.0.0.1", "--skip-name-resolve",
            "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
            "--innodb-log-file-size=64M", "--max-connections=1200", $"--init-file={setup}"],
            stage.FileFor("mariadbd.log"), Signal.Kill, User);
        if (!stage.Interruption.WaitFor(IsReady, Patience))
            throw new BenchFailure($"MariaDB is not ready: {_child.LastWords()}");
        Version = Child.Run("mariadbd", [Server, "--no-defaults", "--version"], stage.FileFor("version.log"),
            stage.Interruption, Patience).Split("Ver ")[^1].Split(' ')[0];
        Version = "MariaDB " + Version;
        Rows = scale * RowsPerScale;
        Sysbench.Prepare(stage, Port, Credentials, Rows);
    }

    public IRawClient SignIn(int port, IPAddress? source = null, string? certificatePath = null)
    {
        if (certificatePath is not null) throw new BenchFailure("MySQL's idle clients do not encrypt here");
        return RawMySqlClient.SignIn(port, Credentials, source);
    }

    public void Dispose() => _child?.Dispose();

    private bool IsReady()
    {
        if (_child!.HasEnded) throw new BenchFailure($"MariaDB ended at start: {_child.LastWords()}");
        try
        {
            using var client = SignIn(Port);
            client.Query("select 1");
            return true;
        }
        catch (BenchFailure)
        {
            return false; // Still starting.
        }
    }
}
