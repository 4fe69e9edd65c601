using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>
/// Measures one workload through all contenders at once, in slices, of a quarter of a second most often:
/// everyone's clients are signed in, and all but one pgbench are halted. Whatever else slows the machine for
/// longer than a slice thus slows everyone alike, and how the scheduler happens to place a run's processes
/// evens out.
/// </summary>
internal sealed class InterleavedRun(Stage stage)
{
    // Enough for the answers to a halted pgbench's last requests to be through.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(20);

    /// <summary>What the run gave: a sample, or why there is none.</summary>
    internal sealed record Outcome(IContender Contender, Sample? Sample, string? Fault);

    public IReadOnlyList<Outcome> Measure(
        IReadOnlyList<IContender> contenders, Workload workload, Timing timing)
    {
        var entries = new List<Entry>();
        try
        {
            foreach (var contender in contenders)
            {
                var entry = new Entry(contender);
                entries.Add(entry);
                entry.Try(() => SignIn(entry, workload, timing));
            }

            var slices = Math.Max(1, (int)Math.Round(timing.Measured / workload.Slice));
            for (var slice = 0; slice < slices; slice++)
            {
                // Everyone follows everyone in turn.
                var first = slice % entries.Count;
                foreach (var entry in entries.Skip(first).Concat(entries.Take(first)))
                    entry.Try(() => MeasureSlice(entry, workload.Slice));
            }

            return [.. entries.Select(Finish)];
        }
        finally
        {
            foreach (var entry in entries) entry.Pgbench?.Dispose();
        }
    }

    private void SignIn(Entry entry, Workload workload, Timing timing)
    {
        entry.Pgbench = Pgbench.Start(stage, entry.Contender, workload);
        stage.Interruption.Pause(timing.WarmUp);
        entry.Pgbench.Halt();
        stage.Interruption.Pause(Settling);
    }

    private void MeasureSlice(Entry entry, TimeSpan slice)
    {
        var machine = MachineReading.Now();
        var before = ProxyTime(entry.Contender);
        var from = DateTime.UtcNow;
        entry.Pgbench!.Resume();
        stage.Interruption.Pause(slice);
        entry.Pgbench.Halt();
        var until = DateTime.UtcNow;

        // A slice leaves some answers for its successor to count, and counts as many of its predecessor.
        stage.Interruption.Pause(Settling);
        entry.ProxyNanoseconds += ProxyTime(entry.Contender) - before;
        entry.OthersShares.Add(machine.OthersShareUntilNow());
        entry.Windows.Add(new Window(from, until));
    }

    private static Outcome Finish(Entry entry)
    {
        entry.Try(() =>
        {
            entry.Pgbench!.Resume();
            var log = entry.Pgbench.Transactions(entry.Windows);
            entry.Pgbench.Dispose();
            entry.Sample = new Sample(
                log.Count, log.PerSecond, entry.ProxyNanoseconds / 1000.0 / log.Count,
                log.Percentile(0.5), log.Percentile(0.99), log.Percentile(0.999),
                log.Percentile(1) / log.Mean,
                entry.OthersShares.Average());
        });
        return new Outcome(entry.Contender, entry.Sample, entry.Fault);
    }

    private static long? ProxyTime(IContender contender) =>
        contender.ProcessId is { } processId ? CpuClock.TreeNanoseconds(processId) : null;

    /// <summary>One contender's part in a run; out of it after its first fault.</summary>
    private sealed class Entry(IContender contender)
    {
        public IContender Contender { get; } = contender;

        public List<Window> Windows { get; } = [];

        public List<double> OthersShares { get; } = [];

        public Pgbench? Pgbench { get; set; }

        /// <summary>Stays null without a proxy.</summary>
        public long? ProxyNanoseconds { get; set; } = contender.ProcessId is null ? null : 0;

        public Sample? Sample { get; set; }

        public string? Fault { get; private set; }

        public void Try(Action step)
        {
            if (Fault is not null) return;
            try
            {
                step();
            }
            catch (BenchFailure fault)
            {
                Fault = fault.Message;
                Pgbench?.Dispose();
            }
        }
    }
}
