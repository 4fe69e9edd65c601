using System.Diagnostics;

namespace Sento.Load.Processes;

/// <summary>
/// A program that the bench started, ended by its process id at the latest with the bench itself: the kernel
/// sends it <c>stopSignal</c> when our main thread dies, whatever the cause.
/// </summary>
internal sealed class Child : IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private bool _isDisposed;
    private readonly string _name;
    private readonly Signal _stopSignal;

    private Child(Process process, string name, string logPath, Signal stopSignal)
    {
        _process = process;
        _name = name;
        _stopSignal = stopSignal;
        LogPath = logPath;
    }

    public int Id => _process.Id;

    public string LogPath { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts a program; its output goes to a file of its own.</summary>
    /// <param name="stopSignal">The signal that makes this program stop at once and cleanly.</param>
    /// <param name="user">Run as this user; only root may ask for it. Null: as ourselves.</param>
    public static Child Start(
        string name, IReadOnlyList<string> command, string logPath, Signal stopSignal,
        string? user = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("setpriv") { UseShellExecute = false };
        start.ArgumentList.Add("--pdeathsig=" + stopSignal.ToString().ToUpperInvariant());
        if (user is not null)
        {
            foreach (var argument in new[] { "--reuid=" + user, "--regid=" + user, "--init-groups" })
                start.ArgumentList.Add(argument);
        }

        // Both setpriv and the shell replace themselves: the process id stays that of the program.
        foreach (var argument in new[] { "sh", "-c", "exec \"$@\" </dev/null >\"$0\" 2>&1", logPath })
            start.ArgumentList.Add(argument);
        foreach (var argument in command) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;

        var process = Process.Start(start) ?? throw new BenchFailure($"{name} could not be started");
        return new Child(process, name, logPath, stopSignal);
    }

    /// <summary>
    /// Runs a program to its end and gives its output. Fails unless it ends with 0 in time.
    /// </summary>
    public static string Run(
        string name, IReadOnlyList<string> command, string logPath, Interruption interruption,
        TimeSpan patience, string? user = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var child = Start(name, command, logPath, Signal.Term, user, environment);
        child.WaitForSuccess(interruption, patience);
        return File.ReadAllText(logPath);
    }

    public void WaitForSuccess(Interruption interruption, TimeSpan patience)
    {
        if (!interruption.WaitFor(() => HasEnded, patience))
            throw new BenchFailure($"{_name} did not end within {patience.TotalSeconds:0} s");
        if (_process.ExitCode != 0)
            throw new BenchFailure($"{_name} ended with {_process.ExitCode}: {LastWords()}");
    }

    /// <summary>Lets it run no further until resumed. Give it <see cref="Signal.Kill"/> to stop by.</summary>
    public void Halt() => Send(Signal.Stop);

    public void Resume() => Send(Signal.Cont);

    /// <summary>The end of what it printed, on one line.</summary>
    public string LastWords()
    {
        var lines = File.Exists(LogPath) ? File.ReadAllLines(LogPath) : [];
        var words = string.Join(" | ", lines.Where(line => line.Trim().Length > 0).TakeLast(4));
        return words.Length == 0 ? "it printed nothing" : words;
    }

    /// <summary>Stops it politely, then by force after five seconds.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        Send(_stopSignal);
        if (!_process.WaitForExit(StopPatience))
        {
            Send(Signal.Kill);
            _process.WaitForExit(StopPatience);
        }

        _process.Dispose();
    }

    private void Send(Signal signal)
    {
        if (!HasEnded) _ = Native.Kill(Id, signal);
    }
}
