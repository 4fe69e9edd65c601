using System.Globalization;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load;

/// <summary>
/// Where a bench takes place: a folder that goes away with it, and the database server. Owns both; whatever
/// is started on it must be disposed before it.
/// </summary>
internal sealed class Stage : IDisposable
{
    public Stage(Interruption interruption, Programs programs, int scale)
    {
        Interruption = interruption;
        Folder = Directory.CreateTempSubdirectory("sento-bench-").FullName;
        Server = new PostgresServer(this, programs.PostgresFolder);
        try
        {
            GiveTo(Server.User);
            Server.Start(scale);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Interruption Interruption { get; }

    public string Folder { get; }

    public PostgresServer Server { get; }

    public string FileFor(string name) => Path.Combine(Folder, name);

    public void Dispose()
    {
        Server.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void GiveTo(string? user)
    {
        if (user is null) return;
        var record = File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
            .FirstOrDefault(fields => fields[0] == user)
            ?? throw new BenchFailure($"there is no user {user} to run PostgreSQL as");
        var userId = uint.Parse(record[2], CultureInfo.InvariantCulture);
        var groupId = uint.Parse(record[3], CultureInfo.InvariantCulture);
        if (Native.ChangeOwner(Folder, userId, groupId) != 0)
            throw new BenchFailure($"{Folder} cannot be given to {user}");
    }
}
