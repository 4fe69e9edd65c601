using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>
/// One run of one workload for everyone, interleaved: short runs of sysbench, each contender's followed by
/// the next one's, so that whatever slows the machine for longer than that slows everyone alike.
/// </summary>
internal sealed class SysbenchRun(Stage stage, int rows)
{
    private const int SliceSeconds = 1;

    public IReadOnlyList<InterleavedRun.Outcome> Measure(
        IReadOnlyList<IContender> contenders, Workload workload, TimeSpan measured)
    {
        var entries = contenders.Select(contender => new Entry(contender)).ToList();
        var slices = Math.Max(1, (int)Math.Round(measured.TotalSeconds / SliceSeconds));
        for (var slice = 0; slice < slices; slice++)
        {
            // Everyone follows everyone in turn.
            var first = slice % entries.Count;
            foreach (var entry in entries.Skip(first).Concat(entries.Take(first)))
                Measure(entry, workload);
        }

        return [.. entries.Select(Finish)];
    }

    private void Measure(Entry entry, Workload workload)
    {
        if (entry.Fault is not null) return;
        var machine = MachineReading.Now();
        var before = ProxyTime(entry.Contender);
        try
        {
            entry.Slices.Add(Sysbench.Measure(stage, entry.Contender, workload, rows, SliceSeconds));
        }
        catch (BenchFailure fault)
        {
            entry.Fault = fault.Message;
            return;
        }

        entry.ProxyNanoseconds += ProxyTime(entry.Contender) - before;
        entry.OthersShares.Add(machine.OthersShareUntilNow());
    }

    private static InterleavedRun.Outcome Finish(Entry entry)
    {
        if (entry.Fault is not null) return new(entry.Contender, null, entry.Fault);
        var transactions = entry.Slices.Sum(slice => slice.Transactions);
        var buckets = entry.Slices.SelectMany(slice => slice.Buckets).OrderBy(bucket => bucket.Milliseconds)
            .ToList();
        var mean = buckets.Sum(bucket => bucket.Milliseconds * bucket.Count)
            / Math.Max(1, buckets.Sum(bucket => bucket.Count));
        return new(entry.Contender, new Sample(
            transactions, transactions / entry.Slices.Sum(slice => slice.Seconds),
            entry.ProxyNanoseconds / 1000.0 / transactions, Percentile(buckets, 0.5),
            Percentile(buckets, 0.99), Percentile(buckets, 0.999),
            entry.Slices.Max(slice => slice.Longest) / mean, entry.OthersShares.Average()), null);
    }

    private static double Percentile(IReadOnlyList<(double Milliseconds, int Count)> buckets, double share)
    {
        var left = (long)Math.Ceiling(share * buckets.Sum(bucket => (long)bucket.Count));
        foreach (var (milliseconds, count) in buckets)
        {
            left -= count;
            if (left <= 0) return milliseconds;
        }

        throw new BenchFailure("sysbench has told no latencies");
    }

    private static long? ProxyTime(IContender contender) =>
        contender.ProcessId is { } processId ? CpuClock.TreeNanoseconds(processId) : null;

    private sealed class Entry(IContender contender)
    {
        public IContender Contender { get; } = contender;

        public List<Sysbench.Slice> Slices { get; } = [];

        public List<double> OthersShares { get; } = [];

        public string? Fault { get; set; }

        /// <summary>Stays null without a proxy.</summary>
        public long? ProxyNanoseconds { get; set; } = contender.ProcessId is null ? null : 0;
    }
}
