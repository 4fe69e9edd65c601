using System.Globalization;
using Sento.Lab.Servers;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load;

/// <summary>
/// Where a bench takes place: a folder that goes away with it, and the database server. Owns both; whatever
/// is started on it must be disposed before it.
/// </summary>
internal sealed class Stage : IDisposable
{
    private ServerCertificate? _certificate;

    /// <param name="database">Makes the server; null: PostgreSQL.</param>
    public Stage(
        Interruption interruption, Programs programs, int scale, Func<Stage, IDatabase>? database = null)
    {
        Interruption = interruption;
        Scale = scale;
        Folder = Directory.CreateTempSubdirectory("sento-bench-").FullName;
        Database = database?.Invoke(this) ?? new PostgresServer(this, programs.PostgresFolder);
        try
        {
            GiveAway(Folder);
            Database.Start(scale);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Interruption Interruption { get; }

    public string Folder { get; }

    public IDatabase Database { get; }

    /// <summary>Where the database is PostgreSQL.</summary>
    public PostgresServer Server => (PostgresServer)Database;

    /// <summary>pgbench's scale of the database.</summary>
    public int Scale { get; }

    /// <summary>What proxies show to clients over TLS: made for this run, with an ECDSA key.</summary>
    public ServerCertificate Certificate => _certificate ??= MakeCertificate();

    public string FileFor(string name) => Path.Combine(Folder, name);

    public void Dispose()
    {
        Database.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Makes a path the property of the user that servers run as.</summary>
    public void GiveAway(string path)
    {
        if (Database.User is not { } user) return;
        var record = File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
            .FirstOrDefault(fields => fields[0] == user)
            ?? throw new BenchFailure($"there is no user {user} to run servers as");
        var userId = uint.Parse(record[2], CultureInfo.InvariantCulture);
        var groupId = uint.Parse(record[3], CultureInfo.InvariantCulture);
        if (Native.ChangeOwner(path, userId, groupId) != 0)
            throw new BenchFailure($"{path} cannot be given to {user}");
    }

    private ServerCertificate MakeCertificate()
    {
        var made = ServerCertificate.Make(Folder);
        GiveAway(made.KeyPath);
        return made;
    }
}
