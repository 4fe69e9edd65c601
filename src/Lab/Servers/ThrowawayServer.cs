using System.Diagnostics;
using System.Security.Cryptography;

namespace Sento.Lab.Servers;

/// <summary>A database server in a folder of its own, gone without a trace when it is disposed.</summary>
public sealed class ThrowawayServer : IAsyncDisposable
{
    public const string User = "app";
    public const string Database = "app";

    private const string PasswordLetters = "abcdefghjkmnpqrstuvwxyz23456789";
    private const int PasswordLength = 16;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private readonly Lock _logGate = new();
    private readonly ServerPlace _place;
    private IReadOnlyList<string> _settings = [];
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    private ThrowawayServer(IServerSoftware software, ServerPlace place)
    {
        Software = software;
        _place = place;
    }

    public IServerSoftware Software { get; }

    public string Folder => _place.Folder;

    public int Port => _place.Port;

    public string Password => _place.Password;

    public string AdminPassword => _place.AdminPassword;

    /// <summary>
    /// The first process of the server, all others are its children; null: it does not run.
    /// </summary>
    public int? ProcessId { get; private set; }

    /// <summary>From its next start on everybody else on this machine goes first.</summary>
    public bool IsYielding { get; set; }

    private string LogFile => Path.Combine(Folder, "server.log");

    /// <summary>
    /// Makes the data, a user and a database, and returns once the server takes clients.
    /// </summary>
    /// <param name="settings">As name=value.</param>
    public static async Task<ThrowawayServer> StartAsync(
        Lifeline lifeline, IServerSoftware software, IReadOnlyList<string> settings)
    {
        var folder = lifeline.CreateFolder();
        var place = new ServerPlace(lifeline, folder, Ports.Free(), NewPassword(), NewPassword());
        var server = new ThrowawayServer(software, place);
        try
        {
            await place.GiveAsync(folder);
            await software.MakeAsync(place);
            await server.LaunchAsync(settings);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public static string NewPassword() => RandomNumberGenerator.GetString(PasswordLetters, PasswordLength);

    /// <summary>Gives a file to the user that the server runs as.</summary>
    public Task GiveAsync(string path) => _place.GiveAsync(path);

    /// <summary>Stops the server and starts it on the same data with other settings.</summary>
    public async Task RestartAsync(IReadOnlyList<string> settings)
    {
        await StopAsync(Software.StopSignals);
        await LaunchAsync(settings);
    }

    /// <summary>Has the server run with these settings; restarts it only if they are others.</summary>
    public Task RunWithAsync(IReadOnlyList<string> settings) =>
        _settings.SequenceEqual(settings) ? Task.CompletedTask : RestartAsync(settings);

    /// <summary>Ends the server as a crash does, and starts it on the same data.</summary>
    public async Task CrashAsync(IReadOnlyList<string> settings)
    {
        await StopAsync([ChildProgram.Kill]);
        var begun = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await LaunchAsync(settings);
                return;
            }
            catch (LabFault) when (begun.Elapsed < StartPatience)
            {
                // Processes of the old server may hold its memory for a moment.
                await StopAsync([ChildProgram.Kill]);
                await Task.Delay(AskAgain);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Nobody wants its data.
        await StopAsync([Software.StopSignals[^1]]);
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private async Task StopAsync(IReadOnlyList<int> signals)
    {
        if (_process is null)
            return;
        ProcessId = null;
        foreach (var signal in signals)
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

    private async Task LaunchAsync(IReadOnlyList<string> settings)
    {
        // A session of its own: Ctrl-C at the terminal is for the proxy, which goes first. And nobody wants
        // its data once we are gone: the last signal is the one that does not write.
        string[] last = IsYielding ? ["nice", "-n", "10"] : [];
        string[] command = ["setsid", .. last, .. ServerUser.Prefix(), .. Software.Command(_place, settings)];
        _process = _place.Lifeline.Start(command, Software.StopSignals[^1], _place.Environment);
        ProcessId = _process.Id;
        _settings = settings;
        _process.StandardInput.Close();
        _reading = Task.WhenAll(SaveAsync(_process.StandardError), SaveAsync(_process.StandardOutput));
        var end = Stopwatch.StartNew();
        while (!await Software.IsReadyAsync(_place))
        {
            if (_process.HasExited || end.Elapsed > StartPatience)
                throw new LabFault($"{Software.Name} did not start:\n{await LastLinesAsync()}");
            await Task.Delay(AskAgain);
        }
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
}
