using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Databases;

/// <summary>Where the programs of MariaDB and MySQL are, and how a folder becomes a server's.</summary>
/// <remarks>Installs nothing: tests/tools/install-needs does, and ./test calls it.</remarks>
public static class MySqlPrograms
{
    private const string MariaDbServer = "/usr/sbin/mariadbd";

    private static string MySqlFolder => Path.Combine(ServerUser.CacheFolder(), "mysql-9");

    private static string NewFolder => Path.Combine(ServerUser.CacheFolder(), "mariadb-new");

    /// <summary>The command-line client of each kind.</summary>
    public static string Client(MySqlKind kind) => kind switch
    {
        MySqlKind.MariaDb => "/usr/bin/mariadb",
        MySqlKind.MySql => Path.Combine(MySqlFolder, "bin", "mysql"),
        _ => Path.Combine(NewFolder, "bin", "mariadb"),
    };

    /// <summary>Where the newer MariaDB's clients find what proves passwords.</summary>
    public static string ClientPlugins =>
        Directory.GetDirectories(Path.Combine(NewFolder, "root/usr/lib"), "*-linux-gnu")
            .Select(folder => Path.Combine(folder, "libmariadb3/plugin")).First(Directory.Exists);

    /// <summary>What reads binary logs.</summary>
    public static string LogReader(MySqlKind kind) => kind == MySqlKind.MariaDb ? "/usr/bin/mariadb-binlog"
        : Path.Combine(MySqlFolder, "bin", "mysqlbinlog");

    /// <summary>The server with some settings; those that both kinds know alike are the caller's.</summary>
    internal static Recipe Server(MySqlKind kind, string data, IEnumerable<string> settings) =>
        ServerUser.Recipe(Daemon(kind), ["--no-defaults", .. OfKind(kind), .. DataIn(data), .. settings]);

    /// <summary>Fills an empty folder with a server's own tables; takes seconds.</summary>
    internal static Recipe Initialise(MySqlKind kind, string folder) => kind != MySqlKind.MySql
        ? ServerUser.Recipe(Installer(kind), ["--no-defaults", .. Base(kind), .. DataIn(folder),
            "--skip-test-db", "--auth-root-authentication-method=normal", "--innodb-flush-method=nosync",
            "--innodb-log-file-size=16M"])
        : ServerUser.Recipe(Daemon(kind), ["--no-defaults", .. OfKind(kind), "--initialize-insecure",
            .. DataIn(folder), "--innodb-flush-method=nosync", "--skip-log-bin"]);

    /// <summary>The server's program.</summary>
    public static string Daemon(MySqlKind kind)
    {
        var path = kind switch
        {
            MySqlKind.MariaDb => MariaDbServer,
            MySqlKind.MySql => Path.Combine(MySqlFolder, "bin", "mysqld"),
            _ => Path.Combine(NewFolder, "bin", "mariadbd"),
        };
        return File.Exists(path) ? path
            : throw new InvalidOperationException($"No {path}: run tests/tools/install-needs.");
    }

    /// <summary>
    /// Temporary files go with the data: a server that starts deletes those of all others in their folder.
    /// </summary>
    private static string[] DataIn(string folder) => [$"--datadir={folder}", $"--tmpdir={folder}"];

    private static string Installer(MySqlKind kind) => kind == MySqlKind.MariaDb ? "mariadb-install-db"
        : Path.Combine(NewFolder, "root/usr/bin/mariadb-install-db");

    private static string[] Base(MySqlKind kind) =>
        kind == MySqlKind.NewMariaDb ? [$"--basedir={NewFolder}/root/usr"] : [];

    private static string[] OfKind(MySqlKind kind) => kind != MySqlKind.MySql
        ? ["--innodb-log-file-size=16M", "--plugin-maturity=alpha", .. Base(kind)]
        : ["--innodb-redo-log-capacity=32M", "--mysqlx=OFF",
            $"--lc-messages-dir={MySqlFolder}/root/usr/share/mysql"];
}
