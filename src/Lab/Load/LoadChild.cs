using System.Diagnostics;
using System.Globalization;
using Sento.Lab.Roads;
using Sento.Lab.Servers;

namespace Sento.Lab.Load;

/// <summary>A load process or the queue's workers, seen from who started it.</summary>
internal sealed class LoadChild : IAsyncDisposable
{
    private const int ErrorLinesMax = 5;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    // Load is not what is measured: it may use memory to save time.
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["DOTNET_GCgen0size"] = "4000000",
        ["DOTNET_TieredPGO"] = "0",
    };

    private readonly Process _process;
    private readonly LoadJob _job;
    private readonly Task<string> _errors;
    private Task _listening = Task.CompletedTask;
    private volatile LoadProgress _progress = LoadProgress.None;

    private LoadChild(Process process, LoadJob job)
    {
        _process = process;
        _job = job;
        _errors = ReadErrorsAsync();
    }

    public int ProcessId => _process.Id;

    public LoadProgress Progress => _progress;

    /// <summary>The one whose own process this is; null: it is shared.</summary>
    public int? Environment => _job.Share.Only;

    /// <summary>Starts the process and returns once it has warmed up.</summary>
    public static async Task<LoadChild> StartAsync(
        LabStage stage, string command, LoadJob job)
    {
        var process = stage.Lifeline.Start([.. stage.Program, command], ChildProgram.Kill, Variables);
        var child = new LoadChild(process, job);
        try
        {
            await child._process.StandardInput.WriteLineAsync(job.ToLine());
            await child._process.StandardInput.FlushAsync();
            var said = await child._process.StandardOutput.ReadLineAsync().WaitAsync(StartPatience);
            if (said != LoadProcess.Ready)
                throw new LabFault($"the {command} process did not get ready: {await child._errors}");
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <param name="start">The moment that times are counted from.</param>
    public async Task BeginAsync(long start)
    {
        await _process.StandardInput.WriteLineAsync(start.ToString(CultureInfo.InvariantCulture));
        await _process.StandardInput.FlushAsync();
        _listening = ListenAsync();
    }

    /// <summary>Ends with the process's own end.</summary>
    public async Task WaitAsync(TimeSpan patience)
    {
        try
        {
            await _listening.WaitAsync(patience);
            await _process.WaitForExitAsync().WaitAsync(EndPatience);
        }
        catch (TimeoutException)
        {
            throw new LabFault($"a load process did not end within {patience.TotalSeconds:0} s");
        }
        if (_process.ExitCode != 0)
            throw new LabFault($"a load process ended with {_process.ExitCode}: {await _errors}");
    }

    /// <summary>Tells it that nothing more comes.</summary>
    public void EndInput() => _process.StandardInput.Close();

    public IEnumerable<Outcome> ReadOutcomes() => File.ReadLines(_job.ResultFile).Select(Outcome.Read);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await Task.WhenAny(Task.WhenAll(_process.WaitForExitAsync(), _errors), Task.Delay(EndPatience));
        _process.Dispose();
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
            _progress = LoadProgress.Read(line);
    }

    private async Task<string> ReadErrorsAsync()
    {
        var lines = new List<string>();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (lines.Count < ErrorLinesMax)
                lines.Add(line.Trim());
        }
        return string.Join(' ', lines);
    }
}
