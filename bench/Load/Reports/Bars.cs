using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>What Sento must reach; <c>--check</c> fails when one bar is missed or was not measured.</summary>
internal static class Bars
{
    public const string Contender = "Sento";

    /// <summary>
    /// CPU for each transaction, relative to PgBouncer in the same round, at this many clients.
    /// </summary>
    private static readonly Dictionary<int, double> CpuRatioMax = new() { [16] = 1.05, [64] = 0.95 };

    /// <summary>Resident bytes for each idle client.</summary>
    private const double IdleBytesMax = 3_000;

    /// <summary>One line for each bar that is missed; none: all hold.</summary>
    public static IEnumerable<string> Missed(
        ThroughputResults throughput, IReadOnlyDictionary<string, IdleMemory.Result> memory)
    {
        foreach (var workload in throughput.Workloads)
        {
            var most = CpuRatioMax[workload.Clients];
            var ratio = throughput.Ratio(
                workload, Contender, ThroughputReport.Yardstick, sample => sample.CpuMicroseconds);
            if (ratio is null || ratio.Median > most)
            {
                yield return $"{workload.Name}: CPU per transaction {Text.Ratio(ratio)}, "
                    + $"the bar is {most:0.00}";
            }
        }

        var bytes = memory.TryGetValue(Contender, out var result) ? result.Bytes : (double?)null;
        if (bytes is null or > IdleBytesMax)
        {
            yield return $"idle: {Text.Number(bytes, "0")} bytes for each client, "
                + $"the bar is {IdleBytesMax:0}";
        }
    }
}
