using System.Diagnostics;
using System.Globalization;

namespace Sento.Tests.Support.Processes;

/// <summary>What to run: the program, its arguments, and what may remain of it.</summary>
public sealed record Recipe(string Program, params string[] Arguments)
{
    /// <summary>Added to this process's own environment; null removes.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } =
        new Dictionary<string, string?>();

    public string? WorkingFolder { get; init; }

    /// <summary>The signal that asks the program to end.</summary>
    public int StopSignal { get; init; } = Signals.Terminate;

    /// <summary>Deleted once the program has ended.</summary>
    public string? Folder { get; init; }

    /// <summary>It reads what <see cref="GuardedProcess.Say"/> says; else it finds an end at once.</summary>
    public bool IsSpokenTo { get; init; }
}

/// <summary>
/// A process that never outlives the test run: see the script <c>guard</c> beside this file.
/// </summary>
public sealed class GuardedProcess : IAsyncDisposable
{
    private readonly Process _guard;
    private readonly TaskCompletionSource<int> _pid = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GuardedProcess(Process guard)
    {
        _guard = guard;
        guard.OutputDataReceived += (_, line) => HearOutput(line.Data);
        guard.ErrorDataReceived += (_, line) => Errors.Add(line.Data);
    }

    public int Pid { get; private set; }

    public OutputLines Output { get; } = new();

    public OutputLines Errors { get; } = new();

    public bool HasEnded => _guard.HasExited;

    public static async Task<GuardedProcess> Start(Recipe recipe)
    {
        var start = new ProcessStartInfo("bash")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = recipe.WorkingFolder ?? "",
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Processes", "guard"));
        start.ArgumentList.Add(recipe.StopSignal.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(recipe.Folder ?? "-");
        start.ArgumentList.Add(recipe.Program);
        foreach (var argument in recipe.Arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in recipe.Environment)
            start.Environment[name] = value;
        if (recipe.IsSpokenTo)
            start.Environment["GUARD_INPUT"] = Path.Combine(RunFolder.Create("input"), "pipe");

        var process = new GuardedProcess(new Process { StartInfo = start });
        process._guard.Start();
        process._guard.BeginOutputReadLine();
        process._guard.BeginErrorReadLine();
        process.Pid = await process._pid.Task.WaitAsync(Eventually.Deadline);
        return process;
    }

    /// <summary>Runs to the end. Output and errors are complete when this returns.</summary>
    /// <exception cref="TimeoutException">The program took longer; it has been ended.</exception>
    public static async Task<FinishedProcess> Run(Recipe recipe, TimeSpan deadline)
    {
        await using var process = await Start(recipe);
        try
        {
            var code = await process.WaitForEnd(deadline);
            return new FinishedProcess(code, process.Output.Text, process.Errors.Text);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"{recipe.Program} took longer than {deadline}.\n"
                + $"{process.Output.Text}\n{process.Errors.Text}");
        }
    }

    /// <summary>The exit code; 128 and the signal's number when a signal ended it.</summary>
    public async Task<int> WaitForEnd(TimeSpan deadline)
    {
        await _guard.WaitForExitAsync().WaitAsync(deadline);
        return _guard.ExitCode;
    }

    /// <summary>A line on its standard input.</summary>
    public async Task Say(string line)
    {
        await _guard.StandardInput.WriteLineAsync(line);
        await _guard.StandardInput.FlushAsync();
    }

    /// <summary>False: it has ended already.</summary>
    public bool Signal(int signal) => Signals.Send(Pid, signal);

    /// <summary>
    /// Asks the program to end, as the recipe says, and waits until it has; kills it after ten seconds.
    /// </summary>
    public async Task<int> Stop()
    {
        _guard.StandardInput.Close();
        return await WaitForEnd(Eventually.Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _guard.Dispose();
    }

    private void HearOutput(string? line)
    {
        if (_pid.Task.IsCompleted)
            Output.Add(line);
        else if (int.TryParse(line, CultureInfo.InvariantCulture, out var pid))
            _pid.SetResult(pid);
        else
            _pid.SetException(new InvalidOperationException($"The guard did not start: {line}"));
    }
}

public sealed record FinishedProcess(int ExitCode, string Output, string Errors);
