using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// Plays a trace: starts each invocation when it is wanted, however slow the ones before are.
/// </summary>
internal sealed class TraceRun(ArmClock clock, ICrowd crowd)
{
    private const long WaitMicrosecondsMax = 20_000;

    private readonly Lock _gate = new();
    private readonly List<Outcome> _outcomes = [];
    private int _started;
    private int _succeeded;

    /// <summary>Freezes the process in a pause of its one environment; null: nobody is frozen so.</summary>
    public Action? Freeze { get; init; }

    public LoadProgress Progress
    {
        get
        {
            lock (_gate)
                return new(_started, _succeeded, _outcomes.Count - _succeeded, crowd.Open);
        }
    }

    /// <returns>One outcome for each arrival, once all have theirs.</returns>
    public async Task<IReadOnlyList<Outcome>> PlayAsync(IReadOnlyList<Arrival> wanted)
    {
        // A thread of its own: a busy thread pool must not delay who comes next.
        var started = new TaskCompletionSource<Task[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => started.SetResult([.. wanted.Select(Start)])) { IsBackground = true };
        thread.Start();
        await Task.WhenAll(await started.Task);
        return _outcomes;
    }

    /// <summary>Returns then; frozen until then where environments are.</summary>
    public void WaitUntil(long microseconds)
    {
        while (clock.Now < microseconds)
        {
            var left = microseconds - clock.Now;
            if (Freeze is not null && left > Freezer.PauseMicrosecondsMin && IsIdle)
                Freeze();
            else
                Thread.Sleep(TimeSpan.FromMicroseconds(Math.Clamp(left, 0, WaitMicrosecondsMax)));
        }
    }

    private bool IsIdle
    {
        get
        {
            lock (_gate)
                return _outcomes.Count == _started;
        }
    }

    private Task Start(Arrival arrival)
    {
        WaitUntil(arrival.AtMicroseconds);
        lock (_gate)
            _started++;
        return crowd.Invoke(arrival, Done);
    }

    private void Done(Outcome outcome)
    {
        lock (_gate)
        {
            _outcomes.Add(outcome);
            if (outcome.Succeeded || outcome.Error == Outcome.Queued)
                _succeeded++;
        }
    }
}
