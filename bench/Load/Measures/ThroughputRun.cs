using System.Diagnostics;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>Measures one workload through one contender.</summary>
internal sealed class ThroughputRun(Stage stage)
{
    private readonly Pgbench _pgbench = new(stage);

    public Sample Measure(IContender contender, Workload workload, Timing timing)
    {
        long? proxyTime = null;
        var others = 0.0;
        var log = _pgbench.Run(contender, workload, timing, () =>
        {
            // The slow reading outside; the one that counts at the window's very ends.
            var machine = MachineReading.Now();
            var before = ProxyTime(contender);
            var from = DateTime.UtcNow;
            stage.Interruption.Pause(timing.Window);
            proxyTime = ProxyTime(contender) - before;
            var until = DateTime.UtcNow;
            others = machine.OthersShareUntilNow();
            return new Window(from, until);
        });

        return new Sample(
            log.Count, log.PerSecond, proxyTime / 1000.0 / log.Count,
            log.Percentile(0.5), log.Percentile(0.99), others);
    }

    private static long? ProxyTime(IContender contender) =>
        contender.ProcessId is { } processId ? CpuClock.TreeNanoseconds(processId) : null;

    /// <summary>What the machine and this bench with all its children had used at one moment.</summary>
    private sealed record MachineReading(long Busy, long Ours, long Timestamp)
    {
        public static MachineReading Now() => new(
            CpuClock.MachineBusyNanoseconds(), CpuClock.TreeNanoseconds(Environment.ProcessId),
            Stopwatch.GetTimestamp());

        public double OthersShareUntilNow()
        {
            var now = Now();
            var others = now.Busy - Busy - (now.Ours - Ours);
            var capacity = Stopwatch.GetElapsedTime(Timestamp, now.Timestamp).TotalNanoseconds;
            return Math.Max(0, others / (capacity * Environment.ProcessorCount));
        }
    }
}
