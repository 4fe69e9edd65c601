using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Sento.Lab.Servers;

/// <summary>
/// MariaDB's or MySQL's programs on this machine; MariaDB is installed from the distribution when it is
/// missing.
/// </summary>
/// <param name="Name">With its version.</param>
/// <param name="Server">mariadbd or mysqld.</param>
/// <param name="Maker">mariadb-install-db; null: the server makes its tables itself, as MySQL's does.</param>
public sealed partial record MySqlInstallation(string Name, string Server, string? Maker) : IServerSoftware
{
    /// <summary>Names MySQL's mysqld where it is not on the search path.</summary>
    public const string MySqlVariable = "SENTO_LAB_MYSQLD";

    /// <summary>Else MySQL's wants a folder that a package makes.</summary>
    private const string NoFiles = "--secure-file-priv=NULL";

    private const byte ProtocolVersion = 10;
    private const int HeaderBytes = 4;

    public string Scheme => Maker is null ? "mysql" : "mariadb";

    /// <summary>An orderly shutdown, then a crash: nobody wants the data.</summary>
    public IReadOnlyList<int> StopSignals { get; } = [ChildProgram.Terminate, ChildProgram.Kill];

    public static async Task<MySqlInstallation?> FindMariaDbAsync() =>
        ChildProgram.Find("mariadbd") is { } server && ChildProgram.Find("mariadb-install-db") is { } maker
            ? new($"MariaDB {await VersionAsync(server)}", server, maker)
            : null;

    /// <summary>
    /// What the variable names, or a mysqld that is MySQL's: on Debian MariaDB's has that name too.
    /// </summary>
    public static async Task<MySqlInstallation?> FindMySqlAsync()
    {
        var server = Environment.GetEnvironmentVariable(MySqlVariable) is { Length: > 0 } named
            ? named
            : ChildProgram.Find("mysqld");
        if (server is null)
            return null;
        var (code, output) = await ChildProgram.RunAsync([server, "--no-defaults", "--version"]);
        return code != 0 || output.Contains("MariaDB", StringComparison.Ordinal)
            ? null
            : new($"MySQL {VersionIn(output)}", server, null);
    }

    /// <summary>Installs the distribution's programs alone: no service, no folder of data.</summary>
    public static async Task<MySqlInstallation> InstallMariaDbAsync(TextWriter output)
    {
        string[] needed = ["mariadb-server-core", "mariadb-client-core"];
        var packages = new DebianPackages(output, "MariaDB");
        packages.Demand(string.Join(' ', needed));
        await output.WriteLineAsync("MariaDB is missing. Installing its programs, without a service:");
        await packages.UpdateAsync();
        await packages.InstallAsync(needed);
        return await FindMariaDbAsync()
            ?? throw new LabFault("MariaDB was installed, but its programs were not found.");
    }

    public string LimitTo(int connections) => $"max-connections={connections}";

    public IReadOnlyList<string> TlsBy(ServerCertificate certificate) =>
        [$"ssl-cert={certificate.CertificatePath}", $"ssl-key={certificate.KeyPath}"];

    public async Task MakeAsync(ServerPlace place)
    {
        Directory.CreateDirectory(place.Data);
        await place.GiveAsync(place.Data);
        await place.RunAsServerAsync(Maker is null
            ? [Server, "--no-defaults", .. Messages(), NoFiles, "--initialize-insecure",
                .. Files(place), "--skip-log-bin"]
            : [Maker, "--no-defaults", .. Files(place), "--skip-test-db",
                "--auth-root-authentication-method=normal", "--innodb-log-file-size=48M"]);
        await File.WriteAllTextAsync(Setup(place), string.Join('\n',
            $"create database {ThrowawayServer.Database};",
            $"create user '{ThrowawayServer.User}'@'%' identified by '{place.Password}';",
            $"grant all on {ThrowawayServer.Database}.* to '{ThrowawayServer.User}'@'%';",
            $"create user 'admin'@'%' identified by '{place.AdminPassword}';",
            "grant all on *.* to 'admin'@'%' with grant option;",
            $"alter user 'root'@'localhost' identified by '{place.AdminPassword}';",
            "drop user if exists ''@'localhost';", ""));
        await place.GiveAsync(Setup(place));
    }

    public IReadOnlyList<string> Command(ServerPlace place, IReadOnlyList<string> settings)
    {
        List<string> command =
        [
            Server, "--no-defaults", .. Messages(), .. Files(place),
            $"--socket={Path.Combine(place.Folder, "s.sock")}",
            // What a killed run leaves is found by this file.
            $"--pid-file={Path.Combine(place.Data, "server.pid")}", $"--port={place.Port}",
            "--bind-address=127.0.0.1", "--skip-log-bin", "--skip-name-resolve",
            .. settings.Select(setting => "--" + setting),
        ];
        if (Maker is null)
            command.AddRange(["--mysqlx=OFF", NoFiles]);
        // At the first start only: afterwards everybody is there.
        if (File.Exists(Setup(place)))
            command.Add($"--init-file={Setup(place)}");
        return command;
    }

    /// <summary>The server greets once its users are there.</summary>
    public async Task<bool> IsReadyAsync(ServerPlace place)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("127.0.0.1", place.Port);
            var greeting = new byte[HeaderBytes + 1];
            await using var stream = new NetworkStream(socket);
            await stream.ReadExactlyAsync(greeting);
            if (greeting[HeaderBytes] != ProtocolVersion)
                return false;
            File.Delete(Setup(place));
            return true;
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Temporary files go with the data: a server that starts deletes those of all others in their folder,
    /// and the machine's own may be somebody's who works.
    /// </summary>
    private static string[] Files(ServerPlace place) =>
        [$"--datadir={place.Data}", $"--tmpdir={place.Data}"];

    private static string Setup(ServerPlace place) => Path.Combine(place.Folder, "setup.sql");

    /// <summary>A MySQL that was unpacked somewhere finds its messages beside it.</summary>
    private string[] Messages()
    {
        var program = new FileInfo(Server).ResolveLinkTarget(true)?.FullName ?? Server;
        var folder = Path.GetFullPath(Path.Combine(program, "../../share/mysql"));
        return Maker is null && Directory.Exists(folder) ? [$"--lc-messages-dir={folder}"] : [];
    }

    private static async Task<string> VersionAsync(string server) =>
        VersionIn((await ChildProgram.RunAsync([server, "--no-defaults", "--version"])).Output);

    private static string VersionIn(string text) => Version().Match(text).Value;

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex Version();
}
