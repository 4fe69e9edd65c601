using System.Diagnostics;
using System.Globalization;
using Sento.Lab.Roads;
using Sento.Lab.Servers;

namespace Sento.Lab.Load;

/// <summary>A load process or the queue's workers, seen from who started it.</summary>
internal sealed class LoadChild : IAsyncDisposable
{
    private const int ErrorLinesMax = 5;
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    // Load is not what is measured: it may use memory to save time.
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["DOTNET_GCgen0size"] = "4000000",
        ["DOTNET_TieredPGO"] = "0",
    };

    private readonly Process _process;
    private LoadJob? _job;
    private readonly Task<string> _errors;
    private Task _listening = Task.CompletedTask;
    private volatile LoadProgress _progress = LoadProgress.None;
    private volatile bool _isIdle = true;

    private LoadChild(Process process)
    {
        _process = process;
        _errors = ReadErrorsAsync();
    }

    public int ProcessId => _process.Id;

    public LoadProgress Progress => _progress;

    /// <summary>The one whose own process this is; null: it is shared.</summary>
    public int? Environment => _job?.Share.Only;

    /// <summary>It has no job, or has done it, and may be given one.</summary>
    public bool IsIdle => _isIdle && !_process.HasExited;

    /// <summary>Starts the process; it waits for its job.</summary>
    public static LoadChild Start(Lifeline lifeline, IReadOnlyList<string> program, string command) =>
        new(lifeline.Start([.. program, command], ChildProgram.Kill, Variables));

    /// <summary>Gives it a job; returns once it has warmed up for that.</summary>
    public async Task TakeAsync(LoadJob job)
    {
        (_job, _isIdle, _progress) = (job, false, LoadProgress.None);
        // A signal by which it stopped itself may have reached it only after it had said that it is done.
        Freezer.Thaw(ProcessId);
        await SayAsync(job.ToLine());
        if (await AnswerAsync() != LoadProcess.Ready)
            throw new LabFault("a load process said something else than that it is ready");
    }

    /// <summary>Has a few clients try the way; microseconds of each invocation.</summary>
    public async Task<IReadOnlyList<long>> TryFewAsync()
    {
        await SayAsync(LoadProcess.Few);
        var said = await AnswerAsync();
        return [.. said.Split(',').Select(time => long.Parse(time, CultureInfo.InvariantCulture))];
    }

    /// <param name="start">The moment that times are counted from.</param>
    public async Task BeginAsync(long start)
    {
        await SayAsync(start.ToString(CultureInfo.InvariantCulture));
        _listening = ListenAsync();
    }

    /// <summary>Returns when its job is done, or it has ended well.</summary>
    public async Task WaitAsync(TimeSpan patience)
    {
        try
        {
            await _listening.WaitAsync(patience);
            if (_isIdle)
                return;
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

    public IEnumerable<Outcome> ReadOutcomes() => File.ReadLines(_job!.ResultFile).Select(Outcome.Read);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await Task.WhenAny(Task.WhenAll(_process.WaitForExitAsync(), _errors), Task.Delay(EndPatience));
        _process.Dispose();
    }

    private async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    private async Task<string> AnswerAsync()
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(AnswerPatience)
                ?? throw new LabFault($"a load process ended: {await _errors}");
        }
        catch (TimeoutException)
        {
            throw new LabFault(
                $"a load process did not get ready within {AnswerPatience.TotalSeconds:0} s: the database or "
                + "the proxy does not answer, or this machine is far too busy");
        }
    }

    private async Task ListenAsync()
    {
        while (!_isIdle && await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == LoadProcess.Done)
                _isIdle = true;
            else
                _progress = LoadProgress.Read(line);
        }
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
