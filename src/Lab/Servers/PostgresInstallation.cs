using System.Globalization;

namespace Sento.Lab.Servers;

/// <summary>
/// The PostgreSQL programs of this machine; installed from the distribution when there are none.
/// </summary>
/// <param name="Folder">Where initdb, postgres, pg_isready and pgbench are.</param>
/// <param name="Version">The major version.</param>
public sealed record PostgresInstallation(string Folder, int Version) : IServerSoftware
{
    private const string DebianFolder = "/usr/lib/postgresql";
    private const string DebianClusterSettings = "/etc/postgresql-common/createcluster.conf";
    private const string NoMainCluster =
        "create_main_cluster = false # by sento, for this installation only";
    private static readonly string[] Needed = ["initdb", "postgres", "pg_isready"];

    public string Name => $"PostgreSQL {Version}";

    public string Scheme => "postgresql";

    /// <summary>A shutdown that ends sessions, then one that does not even write.</summary>
    public IReadOnlyList<int> StopSignals { get; } = [ChildProgram.Interrupt, ChildProgram.Quit];

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
        var packages = new DebianPackages(output, "PostgreSQL");
        packages.Demand("postgresql");
        await output.WriteLineAsync(
            "PostgreSQL is missing. Installing the packages, without the server that they would start:");
        await packages.UpdateAsync();
        await packages.InstallAsync("postgresql-common");
        // Debian's settings for clusters that packages make: one line is added, then taken away again.
        if (File.Exists(DebianClusterSettings))
            await packages.ShellAsync($"echo '{NoMainCluster}' >> {DebianClusterSettings}");
        try
        {
            await packages.InstallAsync("postgresql");
        }
        finally
        {
            await packages.ShellAsync($"sed -i '/by sento, for this/d' {DebianClusterSettings}");
        }
        return Find() ?? throw new LabFault("PostgreSQL was installed, but its programs were not found.");
    }

    public string LimitTo(int connections) => $"max_connections={connections}";

    public IReadOnlyList<string> TlsBy(ServerCertificate certificate) =>
        ["ssl=on", $"ssl_cert_file={certificate.CertificatePath}", $"ssl_key_file={certificate.KeyPath}"];

    public async Task MakeAsync(ServerPlace place)
    {
        await place.RunAsServerAsync(
        [
            Program("initdb"), "-D", place.Data, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync",
        ]);
        // Single-user mode takes one statement a line, and no psql is needed.
        await place.RunAsServerAsync(
            [Program("postgres"), "--single", "-D", place.Data, "postgres"],
            $"CREATE ROLE {ThrowawayServer.User} LOGIN PASSWORD '{place.Password}'\n"
            + $"CREATE DATABASE {ThrowawayServer.Database} OWNER {ThrowawayServer.User}\n");
    }

    public IReadOnlyList<string> Command(ServerPlace place, IReadOnlyList<string> settings) =>
    [
        Program("postgres"), "-D", place.Data, "-k", place.Folder, "-c", $"port={place.Port}",
        "-c", "listen_addresses=127.0.0.1", "-c", "logging_collector=off",
        .. settings.SelectMany(setting => (string[])["-c", setting]),
    ];

    public async Task<bool> IsReadyAsync(ServerPlace place)
    {
        var (code, _) = await ChildProgram.RunAsync(
            [Program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", $"{place.Port}"]);
        return code == 0;
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
}
