using System.Globalization;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Databases;

public enum PostgresVersion
{
    /// <summary>What the machine's Debian brings: 15 on Debian 12.</summary>
    Distribution,

    /// <summary>PostgreSQL 18: protocol 3.2, direct TLS, search_path reported.</summary>
    V18,
}

/// <summary>
/// Where the programs of a PostgreSQL version are, and how to start one that refuses to run as root.
/// </summary>
/// <param name="ServerFolder">Holds initdb and postgres.</param>
public sealed record PostgresPrograms(string ServerFolder)
{
    /// <summary>Installs nothing: tests/tools/install-needs does, and ./test calls it.</summary>
    public static PostgresPrograms Find(PostgresVersion version) => version switch
    {
        PostgresVersion.V18 => new PostgresPrograms(FindNewest()),
        _ => new PostgresPrograms(FindDistribution()),
    };

    /// <summary>Runs a server program as a user that it accepts.</summary>
    public Recipe Recipe(string program, params string[] arguments) =>
        ServerUser.Recipe(Path.Combine(ServerFolder, program), arguments);

    /// <summary>Gives files to the user that the server runs as.</summary>
    public static Task HandOver(params string[] paths) => ServerUser.HandOver(paths);

    private static string FindNewest()
    {
        const string installed = "/usr/lib/postgresql/18/bin";
        var unpacked = Path.Combine(ServerUser.CacheFolder(), "postgresql-18", "bin");
        return Directory.Exists(installed) ? installed
            : Directory.Exists(unpacked) ? unpacked
            : throw new InvalidOperationException(
                $"No PostgreSQL 18 in {unpacked}: run tests/tools/install-needs.");
    }

    private static string FindDistribution()
    {
        const string root = "/usr/lib/postgresql";
        string[] installed = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        var newest = installed.MaxBy(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));
        return newest is null
            ? throw new InvalidOperationException("No PostgreSQL installed: run tests/tools/install-needs.")
            : Path.Combine(newest, "bin");
    }
}
