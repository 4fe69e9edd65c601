using System.Globalization;

namespace Sento.Lab.Servers;

/// <summary>
/// The PostgreSQL programs of this machine; installed from the distribution when there are none.
/// </summary>
/// <param name="Folder">Where initdb, postgres, pg_isready and pgbench are.</param>
/// <param name="Version">The major version.</param>
public sealed record PostgresInstallation(string Folder, int Version)
{
    private const string DebianFolder = "/usr/lib/postgresql";
    private const string DebianClusterSettings = "/etc/postgresql-common/createcluster.conf";
    private const string NoMainCluster =
        "create_main_cluster = false # by sento, for this installation only";
    private static readonly string[] Needed = ["initdb", "postgres", "pg_isready"];

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>The newest there is; null: none.</summary>
    public static PostgresInstallation? Find() =>
        FindDebian().Concat(FindOnPath())
            .FirstOrDefault(found => Needed.All(name => File.Exists(found.Program(name))));

    /// <summary>
    /// Installs the distribution's, without the cluster that the package would make and start.
    /// </summary>
    public static async Task<PostgresInstallation> InstallAsync(TextWriter output)
    {
        if (ChildProgram.Find("apt-get") is null)
        {
            throw new LabFault(
                "PostgreSQL is not installed and there is no apt-get to install it with. Install the server "
                + "of your "
                + "distribution (initdb and postgres), then run this again.");
        }
        var prefix = Environment.IsPrivilegedProcess ? (string[])[] : ["sudo"];
        if (prefix.Length > 0 && ChildProgram.Find("sudo") is null)
        {
            throw new LabFault(
                "PostgreSQL is not installed, and installing it needs root: run as root: apt-get install "
                + "postgresql");
        }
        await output.WriteLineAsync(
            "PostgreSQL is missing. Installing the packages, without the server that they would start:");
        await RunAsync(output, [.. prefix, "apt-get", "update", "-q"]);
        await RunAsync(output, [.. prefix, .. Install("postgresql-common")]);
        var settings = new ClusterSettings(prefix);
        await settings.AppendAsync();
        try
        {
            await RunAsync(output, [.. prefix, .. Install("postgresql")]);
        }
        finally
        {
            await settings.RestoreAsync();
        }
        return Find() ?? throw new LabFault("PostgreSQL was installed, but its programs were not found.");
    }

    private static IEnumerable<string> Install(string package) =>
        [
            "env", "DEBIAN_FRONTEND=noninteractive",
            "apt-get", "install", "-y", "-q", "--no-install-recommends", package,
        ];

    private static async Task RunAsync(TextWriter output, IReadOnlyList<string> command)
    {
        await output.WriteLineAsync($"  {string.Join(' ', command)}");
        // Output is kept for the case of a fault; sudo asks for its password at the terminal itself.
        var (code, text) = await ChildProgram.RunAsync(command);
        if (code != 0)
            throw new LabFault($"{string.Join(' ', command)} failed:\n{text}");
    }

    private static IEnumerable<PostgresInstallation> FindDebian()
    {
        if (!Directory.Exists(DebianFolder))
            return [];
        return Directory.GetDirectories(DebianFolder)
            .Select(folder => (folder, version: Major(Path.GetFileName(folder))))
            .Where(found => found.version > 0)
            .OrderByDescending(found => found.version)
            .Select(found => new PostgresInstallation(Path.Combine(found.folder, "bin"), found.version));
    }

    private static IEnumerable<PostgresInstallation> FindOnPath()
    {
        if (ChildProgram.Find("initdb") is not { } found)
            return [];
        var folder = Path.GetDirectoryName(new FileInfo(found).ResolveLinkTarget(true)?.FullName ?? found)!;
        return [new PostgresInstallation(folder, 0)];
    }

    private static int Major(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    /// <summary>
    /// Debian's settings for clusters that packages make: one line is added, then taken away again.
    /// </summary>
    private sealed class ClusterSettings(string[] prefix)
    {
        public async Task AppendAsync()
        {
            if (File.Exists(DebianClusterSettings))
                await RunShellAsync($"echo '{NoMainCluster}' >> {DebianClusterSettings}");
        }

        public Task RestoreAsync() =>
            RunShellAsync($"sed -i '/by sento, for this/d' {DebianClusterSettings}");

        private Task<(int, string)> RunShellAsync(string script) =>
            ChildProgram.RunAsync([.. prefix, "sh", "-c", script]);
    }
}
