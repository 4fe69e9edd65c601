using System.Diagnostics;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>What the machine, and of it this bench with all its children, had used at one moment.</summary>
internal sealed record MachineReading(long BusyNanoseconds, long OurNanoseconds, long Timestamp)
{
    public static MachineReading Now() => new(
        CpuClock.MachineBusyNanoseconds(), CpuClock.TreeNanoseconds(Environment.ProcessId),
        Stopwatch.GetTimestamp());

    /// <summary>The share of the machine that programs not of this bench have used since.</summary>
    public double OthersShareUntilNow()
    {
        var now = Now();
        var others = now.BusyNanoseconds - BusyNanoseconds - (now.OurNanoseconds - OurNanoseconds);
        var elapsed = Stopwatch.GetElapsedTime(Timestamp, now.Timestamp).TotalNanoseconds;
        return Math.Max(0, others / (elapsed * Environment.ProcessorCount));
    }
}
