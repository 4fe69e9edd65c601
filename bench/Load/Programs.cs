using Sento.Load.Processes;

namespace Sento.Load;

/// <summary>
/// Where the programs are that the bench starts. <c>bench/run</c> installs what is missing.
/// </summary>
/// <param name="PostgresFolder">The folder of postgres, initdb, psql and pgbench.</param>
/// <param name="PgBouncer">The pgbouncer program.</param>
/// <param name="Sento">The sento program; need not exist.</param>
/// <param name="Odyssey">May be missing: then it is left out.</param>
/// <param name="Haproxy">Likewise.</param>
internal sealed record Programs(
    string PostgresFolder, string PgBouncer, string Odyssey, string Haproxy, string Sento)
{
    /// <summary>The root of the source tree, for results and for the commit that was measured.</summary>
    public static string Root { get; } = Setting("SENTO_BENCH_ROOT");

    public static Programs FromEnvironment() => new(
        Setting("SENTO_BENCH_POSTGRES"),
        Setting("SENTO_BENCH_PGBOUNCER"),
        Setting("SENTO_BENCH_ODYSSEY"),
        Setting("SENTO_BENCH_HAPROXY"),
        Path.Combine(Root, "artifacts/sento/current/sento"));

    /// <summary>The version of what tools/debian-prefix has unpacked; programs word it variously.</summary>
    public static string VersionOf(string program, string package)
    {
        var list = Path.Combine(Path.GetDirectoryName(program)!, "../versions");
        var line = File.Exists(list)
            ? File.ReadLines(list).FirstOrDefault(line => line.StartsWith(package + " "))
            : null;
        return line?.Split(' ')[1] ?? "?";
    }

    /// <summary>A program that the bench does not install; null where it is not on the PATH.</summary>
    public static string? OnThePath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>What it says to <c>--version</c>, on one line.</summary>
    public static string AskVersion(Stage stage, string program) => Child.Run(
        program, [program, "--version"], stage.FileFor("version.log"), stage.Interruption,
        TimeSpan.FromSeconds(10)).ReplaceLineEndings(" ").Trim();

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new BenchFailure($"{name} is not set: start the bench with bench/run");
}
