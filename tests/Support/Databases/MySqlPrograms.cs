using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Databases;

/// <summary>Where the programs of MariaDB and MySQL are, and how a folder becomes a server's.</summary>
/// <remarks>Installs nothing: tests/tools/install-needs does, and ./test calls it.</remarks>
public static class MySqlPrograms
{
    private const string MariaDbServer = "/usr/sbin/mariadbd";

    private static string MySqlFolder => Path.Combine(ServerUser.CacheFolder(), "mysql-9");

    /// <summary>The command-line client of either kind.</summary>
    public static string Client(MySqlKind kind) =>
        kind == MySqlKind.MariaDb ? "/usr/bin/mariadb" : Path.Combine(MySqlFolder, "bin", "mysql");

    /// <summary>The server with some settings; those that both kinds know alike are the caller's.</summary>
    internal static Recipe Server(MySqlKind kind, string data, IEnumerable<string> settings) =>
        ServerUser.Recipe(Daemon(kind), ["--no-defaults", .. OfKind(kind), .. DataIn(data), .. settings]);

    /// <summary>Fills an empty folder with a server's own tables; takes seconds.</summary>
    internal static Recipe Initialise(MySqlKind kind, string folder) => kind == MySqlKind.MariaDb
        ? ServerUser.Recipe("mariadb-install-db", ["--no-defaults", .. DataIn(folder), "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-flush-method=nosync",
            "--innodb-log-file-size=16M"])
        : ServerUser.Recipe(Daemon(kind), ["--no-defaults", .. OfKind(kind), "--initialize-insecure",
            .. DataIn(folder), "--innodb-flush-method=nosync", "--skip-log-bin"]);

    /// <summary>The server's program.</summary>
    public static string Daemon(MySqlKind kind)
    {
        var path = kind == MySqlKind.MariaDb ? MariaDbServer : Path.Combine(MySqlFolder, "bin", "mysqld");
        return File.Exists(path) ? path
            : throw new InvalidOperationException($"No {path}: run tests/tools/install-needs.");
    }

    /// <summary>
    /// Temporary files go with the data: a server that starts deletes those of all others in their folder.
    /// </summary>
    private static string[] DataIn(string folder) => [$"--datadir={folder}", $"--tmpdir={folder}"];

    private static string[] OfKind(MySqlKind kind) => kind == MySqlKind.MariaDb
        ? ["--innodb-log-file-size=16M", "--plugin-maturity=alpha"]
        : ["--innodb-redo-log-capacity=32M", "--mysqlx=OFF",
            $"--lc-messages-dir={MySqlFolder}/root/usr/share/mysql"];
}
