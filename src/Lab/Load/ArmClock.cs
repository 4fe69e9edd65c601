using System.Diagnostics;

namespace Sento.Lab.Load;

/// <summary>
/// Microseconds since an arm began; all processes of the lab read the same clock of the kernel.
/// </summary>
/// <param name="start">What <see cref="Stopwatch.GetTimestamp"/> says at zero; may be ahead.</param>
internal sealed class ArmClock(long start)
{
    public long Now => (Stopwatch.GetTimestamp() - start) / (Stopwatch.Frequency / 1_000_000);

    public double Seconds => Now / 1e6;

    public static long In(TimeSpan time) =>
        Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
}
