using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// Plays a trace: starts each invocation when it is wanted, however slow the ones before are.
/// </summary>
internal sealed class TraceRun(ArmClock clock, ICrowd crowd)
{
    private readonly Lock _gate = new();
    private readonly List<Outcome> _outcomes = [];
    private int _started;
    private int _succeeded;

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

    private Task Start(Arrival arrival)
    {
        while (clock.Now < arrival.AtMicroseconds)
            Thread.Sleep(TimeSpan.FromMicroseconds(Math.Max(0, arrival.AtMicroseconds - clock.Now)));
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
