using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// One execution environment of a function: serves one invocation at a time, keeps its connection while it is
/// frozen between two of them, starts cold at first and after it was killed.
/// </summary>
/// <remarks>
/// Invocations of one environment run one after another; different environments run at once.
/// </remarks>
internal sealed class ExecutionEnvironment(
    IEngine engine, DbDataSource source, Arm arm, ArmClock clock, LabPlan plan)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private readonly List<Task> _killed = [];
    private FunctionProcess? _process;

    public bool HoldsConnection => _process is { HoldsConnection: true };

    /// <summary>Runs when what came before is done; the outcome goes to <paramref name="done"/>.</summary>
    public Task Invoke(Arrival arrival, Action<Outcome> done)
    {
        lock (_gate)
            return _last = RunAfterAsync(_last, arrival, done);
    }

    public async Task CloseAsync()
    {
        await _last;
        if (_process is not null)
            await _process.CloseAsync();
        await Task.WhenAll(_killed);
    }

    private async Task RunAfterAsync(Task before, Arrival arrival, Action<Outcome> done)
    {
        await Task.Yield();
        await before;
        done(await RunAsync(arrival));
        if (arrival.IsLast)
            Kill();
        else if (!arm.KeepsConnection && _process is not null)
            await _process.CloseAsync();
    }

    private async Task<Outcome> RunAsync(Arrival arrival)
    {
        var left = plan.Deadline - TimeSpan.FromMicroseconds(clock.Now - arrival.AtMicroseconds);
        if (left <= TimeSpan.Zero)
            return Ended(-1, FailureClass.Deadline, "the environment was busy until then");
        var process = _process ??= new(engine, source, arm, plan, clock);
        var work = process.InvokeAsync(arrival);
        var isOver = await IsOverAsync(work, left);
        // An answer that came later reached nobody.
        var isLate = clock.Now - arrival.AtMicroseconds > plan.Deadline.TotalMicroseconds;
        if (!isOver)
        {
            Kill();
            _killed.RemoveAll(task => task.IsCompleted);
            _killed.Add(work);
        }
        if (!isOver || (isLate && await work is null))
        {
            return Ended(
                process.Connected, process.IsCommitting ? FailureClass.Unknown : FailureClass.Deadline,
                "the platform ended it");
        }
        return await work is { } error
            ? Ended(process.Connected, FailureClass.Of(error), error.Message)
            : Ended(process.Connected, "", "");

        Outcome Ended(long connected, string failure, string text) => new(
            arrival.Number, arrival.Environment, arrival.AtMicroseconds, clock.Now, connected, failure, text);
    }

    private static async Task<bool> IsOverAsync(Task work, TimeSpan patience)
    {
        using var decided = new CancellationTokenSource();
        var isOver = await Task.WhenAny(work, Task.Delay(patience, decided.Token)) == work;
        await decided.CancelAsync();
        return isOver;
    }

    /// <summary>The next invocation starts cold.</summary>
    private void Kill()
    {
        _process?.Kill();
        _process = null;
    }
}
