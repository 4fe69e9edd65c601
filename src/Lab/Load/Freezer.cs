using Sento.Lab.Plan;
using Sento.Lab.Servers;

namespace Sento.Lab.Load;

/// <summary>
/// Freezes an environment that is a process of its own, as the platform does: the process stops itself by a
/// signal, no timer fires and nothing is read until whoever started it thaws it.
/// </summary>
internal static class Freezer
{
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan ThawAgain = TimeSpan.FromSeconds(1);

    // A process that was about to stop when it was thawed is thawed once more.
    private static readonly long[] RepeatMicroseconds = [0, 100_000, 1_000_000];

    /// <summary>Less than this until the next invocation is no pause.</summary>
    public const long PauseMicrosecondsMin = 150_000;

    /// <summary>Stops this process; returns once it was thawed.</summary>
    public static void Freeze() => ChildProgram.Signal(Environment.ProcessId, Stop);

    public static void Thaw(int process) => ChildProgram.Signal(process, Continue);

    /// <summary>
    /// Thaws each process when its environment gets an invocation, and all when the arm ends, until the last
    /// is done.
    /// </summary>
    /// <param name="processes">Process ids by environment.</param>
    public static async Task ThawAsync(
        LabPlan plan, int round, IReadOnlyDictionary<int, int> processes, ArmClock clock,
        CancellationToken ended)
    {
        var end = (long)(plan.Phases.Total * 1_000_000);
        var moments = ArrivalTrace.Of(plan, round)
            .Where(arrival => processes.ContainsKey(arrival.Environment))
            .Select(arrival => (At: arrival.AtMicroseconds, Process: processes[arrival.Environment]))
            .Concat(processes.Values.Select(process => (At: end, Process: process)))
            .SelectMany(moment => RepeatMicroseconds.Select(more => (At: moment.At + more, moment.Process)))
            .OrderBy(moment => moment.At);
        foreach (var (at, process) in moments)
        {
            while (clock.Now < at && !ended.IsCancellationRequested)
                await Task.Delay(LookEvery, CancellationToken.None);
            if (ended.IsCancellationRequested)
                return;
            Thaw(process);
        }
        // Whoever was held up so long that it stopped itself only now.
        while (!ended.IsCancellationRequested)
        {
            foreach (var process in processes.Values)
                Thaw(process);
            await Task.Delay(ThawAgain, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
