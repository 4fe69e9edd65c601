using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>What Sento must reach; <c>--check</c> fails when one bar is missed or was not measured.</summary>
internal static class Bars
{
    /// <summary>
    /// CPU for each transaction, relative to PgBouncer in the same round, at 16 and at 64 clients.
    /// </summary>
    private static readonly (string Contender, double Sixteen, double SixtyFour)[] CpuRatioMax =
        [("Sento", 1.05, 0.95), ("Sento-uring", 0.82, 0.72)];

    /// <summary>Resident bytes for each idle client.</summary>
    private const double IdleBytesMax = 3_000;

    /// <summary>One line for each bar that is missed; none: all hold.</summary>
    public static IEnumerable<string> Missed(
        ThroughputResults throughput, IReadOnlyDictionary<string, IdleMemory.Result> memory)
    {
        foreach (var (contender, sixteen, sixtyFour) in CpuRatioMax)
        {
            foreach (var workload in throughput.Workloads)
            {
                var most = workload.Clients == 16 ? sixteen : sixtyFour;
                var ratio = throughput.Ratio(
                    workload, contender, ThroughputReport.Yardstick, sample => sample.CpuMicroseconds);
                if (ratio is null || ratio.Median > most)
                {
                    yield return $"{contender}, {workload.Name}: CPU per transaction {Text.Ratio(ratio)}, "
                        + $"the bar is {most:0.00}";
                }
            }

            var bytes = memory.TryGetValue(contender, out var result) ? result.Bytes : (double?)null;
            if (bytes is null or > IdleBytesMax)
            {
                yield return $"{contender}, idle: {Text.Number(bytes, "0")} bytes for each client, "
                    + $"the bar is {IdleBytesMax:0}";
            }
        }
    }
}
