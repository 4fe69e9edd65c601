using Sento.Lab.Measures;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>One line of the sizing table.</summary>
internal readonly record struct SizingLine(
    int Environments, int DirectLimit, double DirectMegabytes, int Pool, double SentoMegabytes);

/// <summary>
/// What other numbers of environments need, computed from what arms B and D measured: memory for each server
/// connection, and by Little's law the connections that are busy at once.
/// </summary>
internal sealed class Sizing
{
    private const double Megabyte = 1 << 20;
    private const double Headroom = 2;
    private const int PoolMin = 5;
    private const int Reserved = 10;
    private static readonly int[] Sizes = [100, 300, 1_000, 3_000, 10_000];

    /// <param name="raisedMegabytes">Without any connection, where the limit was raised.</param>
    /// <param name="pooledMegabytes">Without any connection, where it was not.</param>
    private Sizing(
        double holdMilliseconds, double pauseSeconds, double raisedMegabytes, double pooledMegabytes,
        double eachMegabytes)
    {
        HoldMilliseconds = holdMilliseconds;
        PauseSeconds = pauseSeconds;
        EachMegabytes = eachMegabytes;
        Lines =
        [
            .. Sizes.Select(count =>
            {
                var pool = (int)Math.Max(
                    PoolMin, Math.Ceiling(count / pauseSeconds * holdMilliseconds / 1_000 * Headroom));
                return new SizingLine(
                    count, count + Reserved, raisedMegabytes + (count * eachMegabytes), pool,
                    pooledMegabytes + (pool * eachMegabytes));
            }),
        ];
    }

    /// <summary>How long a transaction holds a server connection.</summary>
    public double HoldMilliseconds { get; }

    public double PauseSeconds { get; }

    public double EachMegabytes { get; }

    public IReadOnlyList<SizingLine> Lines { get; }

    /// <summary>
    /// Null: the run lacks an arm that it takes, or was too short to tell what a connection costs.
    /// </summary>
    public static Sizing? Of(RunResult run)
    {
        var direct = Ran(run, "B");
        var sento = Ran(run, "D");
        if (direct is not { Memory.Count: > 1 } || sento is not { Moments.Count: > 1, Memory.Count: > 0 })
            return null;
        var (least, most) = (direct.Memory.MinBy(at => at.Servers), direct.Memory.MaxBy(at => at.Servers));
        if (most.Servers == least.Servers)
            return null;
        var each = (most.Bytes - least.Bytes) / Megabyte / (most.Servers - least.Servers);
        if (each <= 0)
            return null;
        var even = run.Plan.Phases.Ramp + run.Plan.Phases.Steady;
        var calm = sento.Moments.Where(at => at.Seconds > 0 && at.Seconds < even).ToList();
        if (calm.Count == 0 || calm[^1].Succeeded == 0)
            return null;
        var hold = calm.Average(at => at.Busy) * calm[^1].Seconds * 1_000 / calm[^1].Succeeded;
        // Its last reading: what grows once has grown.
        return new(
            hold, run.Plan.MeanPause.TotalSeconds, Alone(least, each), Alone(sento.Memory[^1], each), each);
    }

    /// <summary>What a server takes that has no connections.</summary>
    private static double Alone(MemoryMoment at, double each) =>
        Math.Max(0, (at.Bytes / Megabyte) - (at.Servers * each));

    private static ArmResult? Ran(RunResult run, string letter) =>
        run.Arms.FirstOrDefault(arm => arm.Arm.Letter == letter && arm is { Round: 0, Fault: null });
}
