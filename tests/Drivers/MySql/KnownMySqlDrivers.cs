using Sento.Tests.Support.Databases;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>The drivers of MySQL's protocol that are tried, each on both servers.</summary>
public static class KnownMySqlDrivers
{
    private static readonly string[] Usual =
    [
        "connect", "transactions", "prepared", "errors", "savepoints", "load", "reconnects", "settings",
        "cancel", Driver.Crowd,
    ];

    public static IReadOnlyList<Driver> All { get; } =
    [
        Shell("mariadb", MySqlPrograms.Client(MySqlKind.MariaDb)),
        Shell("mysql", MySqlPrograms.Client(MySqlKind.MySql)),
        new MySqlConnectorDriver(),
        Python("PyMySQL"),
        Python("mysqlclient"),
        Node("mysql2"),
        Node("mariadb"),
        KnownDrivers.Staying("Connector/J",
            KnownDrivers.JavaCommand("MariaDbDriver", "/usr/share/java/mariadb-java-client.jar"),
            [.. Usual, "cursor"]),
        new ProgramDriver("sysbench", ["bash", KnownDrivers.At("shell", "sysbench_driver.sh")],
            "readwrite", "points", "writes", Driver.Crowd),
    ];

    /// <summary>
    /// All that get along directly: mysql 9 no longer has the way in which MariaDB keeps passwords, and
    /// MariaDB's library for Node.js neither changes users on MySQL nor reads all of its types.
    /// </summary>
    public static IEnumerable<(Driver Driver, MySqlKind Kind)> Pairs =>
        from driver in All
        from kind in new[] { MySqlKind.MariaDb, MySqlKind.MySql }
        where (driver.Name, kind) is not ("mysql (command line)", MySqlKind.MariaDb)
            and not ("mariadb (npm)", MySqlKind.MySql)
        select (driver, kind);

    /// <summary>Every driver on each server with each of its scenarios.</summary>
    public static TheoryData<string, MySqlKind, string> Plays()
    {
        var plays = new TheoryData<string, MySqlKind, string>();
        foreach (var (driver, kind) in Pairs)
        {
            foreach (var scenario in driver.Scenarios)
                plays.Add(driver.ToString(), kind, scenario);
        }
        return plays;
    }

    /// <summary>Every driver of a server with each of its scenarios.</summary>
    public static TheoryData<string, string> Plays(MySqlKind on)
    {
        var plays = new TheoryData<string, string>();
        foreach (var (driver, _) in Pairs.Where(pair => pair.Kind == on))
        {
            foreach (var scenario in driver.Scenarios)
                plays.Add(driver.ToString(), scenario);
        }
        return plays;
    }

    public static Driver Named(string name) => All.Single(driver => driver.ToString() == name);

    private static ProgramDriver Shell(string name, string program) => new($"{name} (command line)",
        ["bash", KnownDrivers.At("shell", "mysql_driver.sh"), program], Usual);

    private static ProgramDriver Python(string name) => KnownDrivers.Staying(name,
        [KnownDrivers.Python, KnownDrivers.At("python", "mysql_dbapi_driver.py"), name],
        [.. Usual, "cursor"]);

    private static ProgramDriver Node(string name) => KnownDrivers.Staying($"{name} (npm)",
        ["node", KnownDrivers.At("node", "mysql_driver.mjs"), name], [.. Usual, "cursor", "pool"]);
}
