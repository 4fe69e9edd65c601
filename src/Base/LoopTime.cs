using System.Diagnostics;

namespace Sento.Base;

/// <summary>A point of a loop's monotonic clock, in microseconds.</summary>
public readonly record struct LoopTime(long Microseconds) : IComparable<LoopTime>
{
    private static readonly double MicrosecondsPerTick = 1_000_000d / Stopwatch.Frequency;

    /// <summary>Later than any other.</summary>
    public static readonly LoopTime Never = new(long.MaxValue);

    public static LoopTime Read() => new((long)(Stopwatch.GetTimestamp() * MicrosecondsPerTick));

    public static LoopTime operator +(LoopTime time, TimeSpan span) => new(time.Microseconds + span.Ticks / 10);

    public static TimeSpan operator -(LoopTime later, LoopTime earlier) =>
        TimeSpan.FromTicks((later.Microseconds - earlier.Microseconds) * 10);

    public static bool operator <(LoopTime left, LoopTime right) => left.Microseconds < right.Microseconds;

    public static bool operator >(LoopTime left, LoopTime right) => left.Microseconds > right.Microseconds;

    public static bool operator <=(LoopTime left, LoopTime right) => left.Microseconds <= right.Microseconds;

    public static bool operator >=(LoopTime left, LoopTime right) => left.Microseconds >= right.Microseconds;

    public int CompareTo(LoopTime other) => Microseconds.CompareTo(other.Microseconds);
}
