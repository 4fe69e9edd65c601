namespace Sento.Load.Measures;

/// <summary>What one run gave.</summary>
/// <param name="CpuMicroseconds">The proxy's run time for each transaction; null without a proxy.</param>
/// <param name="P50">Median latency in milliseconds.</param>
/// <param name="P99">Latency in milliseconds that one transaction in a hundred exceeds.</param>
/// <param name="P999">That one in a thousand exceeds.</param>
/// <param name="LongestToMean">
/// The longest latency relative to the mean: who queues fairly keeps it small where many wait.
/// </param>
/// <param name="OthersShare">Share of the machine that programs not of this bench used meanwhile.</param>
internal sealed record Sample(
    int Transactions, double PerSecond, double? CpuMicroseconds, double P50, double P99, double P999,
    double LongestToMean, double OthersShare);
