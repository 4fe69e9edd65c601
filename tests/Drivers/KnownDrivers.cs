using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>The drivers that are tested, in the order of the table in docs/operating/drivers.md.</summary>
public static class KnownDrivers
{
    internal const string Python = "/usr/bin/python3";

    private static readonly string[] Usual =
    [
        "connect", "transactions", "prepared", "errors", "savepoints", "copy", "reconnects", "settings",
        "cursor", "listen", Driver.Crowd,
    ];

    public static IReadOnlyList<Driver> All { get; } =
    [
        new ProgramDriver("psql", ["bash", At("shell", "psql_driver.sh")], [.. Usual, "describe", "cancel"]),
        new ProgramDriver("pgbench", ["bash", At("shell", "pgbench_driver.sh")],
            "simple", "extended", "prepared", "crowdsimple", "crowdextended", Driver.Crowd),
        new NpgsqlDriver(),
        Staying("psycopg2", [Python, At("python", "psycopg2_driver.py")],
            [.. Usual.Except(["cursor"]), "cancel", "pool"]),
        Staying("psycopg3", [Python, At("python", "psycopg3_driver.py")],
            [.. Usual, "pipeline", "cancel", "pool"]),
        Staying("asyncpg", [Python, At("python", "asyncpg_driver.py")], [.. Usual, "cancel", "pool"]),
        Staying("node-postgres", ["node", At("node", "pg_driver.mjs")], [.. Usual, "pool"]),
        Staying("postgres.js", ["node", At("node", "postgresjs_driver.mjs")], [.. Usual, "cancel", "pool"]),
        Staying("pgjdbc", JavaCommand(), [.. Usual, "cancel"]),
    ];

    /// <summary>Every driver with each of its scenarios.</summary>
    public static TheoryData<string, string> Plays()
    {
        var plays = new TheoryData<string, string>();
        foreach (var driver in All)
        {
            foreach (var scenario in driver.Scenarios)
                plays.Add(driver.Name, scenario);
        }
        return plays;
    }

    public static Driver Named(string name) => All.Single(driver => driver.Name == name);

    internal static string At(string folder, string file) => SourceTree.At("tests", "Drivers", folder, file);

    internal static ProgramDriver Staying(string name, string[] command, params string[] scenarios) =>
        new(name, command, scenarios) { Stays = true };

    private static string[] JavaCommand() => JavaCommand("JdbcDriver", "/usr/share/java/postgresql.jar");

    /// <summary>
    /// Compiles on its first use and whenever the source is newer; the class file stays with the build.
    /// </summary>
    internal static string[] JavaCommand(string program, string jar)
    {
        var classes = Path.Combine(AppContext.BaseDirectory, "java");
        var source = At("java", $"{program}.java");
        const string start = """
            set -e
            [ "$2/$4.class" -nt "$1" ] || javac -encoding UTF-8 -cp "$3" -d "$2" "$1"
            exec java -cp "$2:$3" "$4" "$5"
            """;
        return ["bash", "-c", start, "jdbc", source, classes, jar, program];
    }
}
