using System.Numerics;

namespace Sento.DataPlane.Metrics;

/// <summary>Durations counted by powers of two. One loop writes, anyone reads.</summary>
/// <remarks>
/// Powers of two make an observation a shift and an increment. The highest bucket with a bound ends at 268 s,
/// just below the longest ConnectionBorrowTimeout; what is longer counts in the last one only.
/// </remarks>
public sealed class WaitHistogram
{
    private const int LowestBits = 6;
    private const int HighestBits = 28;

    /// <summary>
    /// Bounds of the buckets in microseconds, each inclusive; the bucket beyond the last has no bound.
    /// </summary>
    public static readonly long[] UpperMicroseconds =
        [.. Enumerable.Range(LowestBits, HighestBits - LowestBits + 1).Select(bits => 1L << bits)];

    private readonly long[] _counts = new long[HighestBits - LowestBits + 2];
    private long _sumMicroseconds;

    public long SumMicroseconds => Volatile.Read(ref _sumMicroseconds);

    public void Observe(long microseconds)
    {
        var beyond = microseconds <= 1L << LowestBits
            ? 0
            : BitOperations.Log2((ulong)microseconds - 1) - LowestBits + 1;
        _counts[Math.Min(beyond, _counts.Length - 1)]++;
        _sumMicroseconds += microseconds;
    }

    /// <summary>Adds what was counted so far to <paramref name="totals"/>, one element a bucket.</summary>
    public void AddTo(long[] totals)
    {
        for (var bucket = 0; bucket < _counts.Length; bucket++)
            totals[bucket] += Volatile.Read(ref _counts[bucket]);
    }
}
