using System.Globalization;
using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>
/// What Sento must reach, out of bench/bars.txt; <c>--check</c> fails when a bar is missed, or one of a core
/// workload was not measured.
/// </summary>
internal static class Bars
{
    private sealed record Bar(string Contender, string Measure, string Workload, double Most);

    /// <summary>One line for each bar that is missed; none: all hold.</summary>
    public static IEnumerable<string> Missed(
        ThroughputResults throughput, IReadOnlyDictionary<string, IdleMemory.Result> memory,
        IReadOnlyList<Workload> core, string yardstick, string idle)
    {
        foreach (var bar in Read())
        {
            if (bar.Measure == "idle")
            {
                if (bar.Workload != idle) continue;
                var bytes = memory.TryGetValue(bar.Contender, out var result) ? result.Bytes : (double?)null;
                if (bytes is null || bytes > bar.Most)
                {
                    yield return $"{bar.Contender}, idle: {Text.Number(bytes, "0")} bytes for each client, "
                        + $"the bar is {bar.Most:0}";
                }

                continue;
            }

            var workload = throughput.Workloads.FirstOrDefault(known => known.Name == bar.Workload);
            if (workload is null && core.All(known => known.Name != bar.Workload)) continue;
            var measured = workload is null ? null : Measured(throughput, workload, bar, yardstick);
            if (measured is null || measured.Median > bar.Most)
            {
                yield return $"{bar.Contender}, {bar.Workload}, {bar.Measure}: {Text.Ratio(measured)}, "
                    + $"the bar is {bar.Most:0.00}";
            }
        }
    }

    private static Spread? Measured(
        ThroughputResults throughput, Workload workload, Bar bar, string yardstick) =>
        bar.Measure switch
        {
            "cpu" => throughput.Ratio(workload, bar.Contender, yardstick, sample => sample.CpuMicroseconds),
            "tail" => throughput.Ratio(workload, bar.Contender, yardstick, sample => sample.P99 / sample.P50),
            "queue" => throughput.Of(workload, bar.Contender, sample => sample.LongestToMean),
            _ => throw new BenchFailure($"bench/bars.txt: no such measure: {bar.Measure}"),
        };

    private static IEnumerable<Bar> Read()
    {
        foreach (var line in File.ReadLines(Path.Combine(Programs.Root, "bench/bars.txt")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 4) throw new BenchFailure($"bench/bars.txt: not understood: {line}");
            var most = double.Parse(fields[3], CultureInfo.InvariantCulture);
            yield return new Bar(fields[0], fields[1], fields[2], most);
        }
    }
}
