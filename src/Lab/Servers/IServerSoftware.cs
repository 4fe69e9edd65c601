namespace Sento.Lab.Servers;

/// <summary>The programs of one kind of database server: how a throwaway one is made and started.</summary>
public interface IServerSoftware
{
    /// <summary>As PostgreSQL 15.</summary>
    string Name { get; }

    /// <summary>In URLs: postgresql or mariadb or mysql.</summary>
    string Scheme { get; }

    /// <summary>One after another, until the server has ended.</summary>
    IReadOnlyList<int> StopSignals { get; }

    /// <summary>The setting that bounds connections, as name=value.</summary>
    string LimitTo(int connections);

    /// <summary>Settings, as name=value, with which the server speaks TLS.</summary>
    IReadOnlyList<string> TlsBy(ServerCertificate certificate);

    /// <summary>Fills the data folder, with the application's user and its database.</summary>
    Task MakeAsync(ServerPlace place);

    /// <summary>The command that runs the server in the foreground.</summary>
    /// <param name="settings">As name=value.</param>
    IReadOnlyList<string> Command(ServerPlace place, IReadOnlyList<string> settings);

    /// <summary>Whether clients are served now.</summary>
    Task<bool> IsReadyAsync(ServerPlace place);
}

/// <summary>Where a throwaway server lives.</summary>
/// <param name="Lifeline">Starts the programs that belong to it.</param>
/// <param name="Password">The application's; letters and digits.</param>
/// <param name="AdminPassword">
/// Of who may do everything, where the socket's file does not say who that is.
/// </param>
public sealed record ServerPlace(
    Lifeline Lifeline, string Folder, int Port, string Password, string AdminPassword)
{
    public string Data => Path.Combine(Folder, "data");

    /// <summary>
    /// Temporary files go into the folder: our own place for them may be closed to the server's user.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string> { ["TMPDIR"] = Folder };

    /// <summary>Runs a program to its end as the user that servers run as.</summary>
    /// <exception cref="LabFault">It ended with something else than 0.</exception>
    public Task RunAsServerAsync(IReadOnlyList<string> command, string? input = null) =>
        RunAsync([.. ServerUser.Prefix(), .. command], input);

    /// <summary>Gives a file or folder to the user that servers run as.</summary>
    public async Task GiveAsync(string path)
    {
        if (ServerUser.Name is { } user)
            await RunAsync(["chown", user, path]);
    }

    private async Task RunAsync(IReadOnlyList<string> command, string? input = null)
    {
        var started = Lifeline.Start(command, ChildProgram.Kill, Environment);
        var (code, output) = await ChildProgram.ToEndAsync(started, input);
        if (code != 0)
            throw new LabFault($"{command.FirstOrDefault(part => part.StartsWith('/'))} failed:\n{output}");
    }
}
