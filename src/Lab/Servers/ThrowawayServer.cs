using System.Diagnostics;
using System.Globalization;

namespace Sento.Lab.Servers;

/// <summary>A PostgreSQL server in a folder of its own, gone without a trace when it is disposed.</summary>
public sealed class ThrowawayServer : IAsyncDisposable
{
    /// <summary>Begins the name of every such folder, so that what was left behind can be found.</summary>
    public const string FolderPrefix = "sento-throwaway-";
    public const string OwnerFile = "owner";
    public const string User = "app";
    public const string Database = "app";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private readonly Lock _logGate = new();
    private readonly PostgresInstallation _programs;
    private readonly string[] _asServer;
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    private ThrowawayServer(PostgresInstallation programs, string folder, string[] asServer, int port)
    {
        _programs = programs;
        Folder = folder;
        _asServer = asServer;
        Port = port;
    }

    public string Folder { get; }

    public int Port { get; }

    /// <summary>The first process of the server: all others are its children.</summary>
    public int ProcessId => _process?.Id ?? throw new LabFault("the server does not run");

    private string Data => Path.Combine(Folder, "data");

    private string LogFile => Path.Combine(Folder, "postgres.log");

    /// <summary>
    /// Makes the cluster, a user and a database, and returns once the server takes clients.
    /// </summary>
    /// <param name="password">The user's; letters and digits only.</param>
    /// <param name="settings">As name=value.</param>
    public static async Task<ThrowawayServer> StartAsync(
        PostgresInstallation programs, string password, int port, IReadOnlyList<string> settings)
    {
        var folder = Directory.CreateTempSubdirectory(FolderPrefix).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, OwnerFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        var server = new ThrowawayServer(programs, folder, ServerUser.Prefix(), port);
        try
        {
            await server.MakeClusterAsync(password);
            await server.LaunchAsync(settings);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server and starts it on the same data with other settings.</summary>
    public async Task RestartAsync(IReadOnlyList<string> settings)
    {
        await StopAsync();
        await LaunchAsync(settings);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private async Task StopAsync()
    {
        if (_process is null)
            return;
        // First a shutdown that ends sessions, then one that does not even write.
        foreach (var signal in (int[])[ChildProgram.Interrupt, ChildProgram.Quit])
        {
            if (_process.HasExited || !ChildProgram.Signal(_process.Id, signal))
                break;
            await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(StopPatience));
        }
        if (!_process.HasExited)
            _process.Kill();
        await Task.WhenAny(_reading, Task.Delay(StopPatience));
        _process.Dispose();
        _process = null;
    }

    private async Task MakeClusterAsync(string password)
    {
        if (ServerUser.Name is { } user)
            await RunAsync(["chown", user, Folder]);
        await RunAsync(
        [
            .. _asServer, _programs.Program("initdb"), "-D", Data, "-U", "postgres", "--encoding=UTF8",
            "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync",
        ]);
        // Single-user mode takes one statement a line, and no psql is needed.
        await RunAsync(
            [.. _asServer, _programs.Program("postgres"), "--single", "-D", Data, "postgres"],
            $"CREATE ROLE {User} LOGIN PASSWORD '{password}'\nCREATE DATABASE {Database} OWNER {User}\n");
    }

    private async Task LaunchAsync(IReadOnlyList<string> settings)
    {
        // A session of its own: Ctrl-C at the terminal is for the proxy, which goes first.
        _process = ChildProgram.Start(
        [
            "setsid", .. _asServer, _programs.Program("postgres"), "-D", Data, "-k", Folder,
            "-c", $"port={Port}", "-c", "listen_addresses=127.0.0.1", "-c", "logging_collector=off",
            .. settings.SelectMany(setting => (string[])["-c", setting]),
        ]);
        _process.StandardInput.Close();
        _reading = Task.WhenAll(SaveAsync(_process.StandardError), SaveAsync(_process.StandardOutput));
        var end = Stopwatch.StartNew();
        while (!await IsReadyAsync())
        {
            if (_process.HasExited || end.Elapsed > StartPatience)
                throw new LabFault($"PostgreSQL did not start:\n{await LastLinesAsync()}");
            await Task.Delay(AskAgain);
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        var (code, _) = await ChildProgram.RunAsync(
            [_programs.Program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", $"{Port}"]);
        return code == 0;
    }

    private async Task SaveAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_logGate)
                File.AppendAllText(LogFile, line + "\n");
        }
    }

    private async Task<string> LastLinesAsync()
    {
        await Task.WhenAny(_reading, Task.Delay(AskAgain));
        return File.Exists(LogFile)
            ? string.Join('\n', File.ReadLines(LogFile).TakeLast(20))
            : "it said nothing";
    }

    private static async Task RunAsync(IReadOnlyList<string> command, string? input = null)
    {
        var (code, output) = await ChildProgram.RunAsync(command, input);
        if (code != 0)
            throw new LabFault($"{command.First(part => part.StartsWith('/'))} failed:\n{output}");
    }
}
