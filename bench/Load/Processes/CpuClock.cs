using System.Globalization;
using Sento.Lab.Measures;

namespace Sento.Load.Processes;

/// <summary>
/// Reads how long processes have run, in nanoseconds of user and system time together, over all of their
/// threads, ended ones included. The tick-sampled times of /proc/PID/stat are too coarse for a ratio of 1.05.
/// </summary>
internal static class CpuClock
{
    /// <summary>
    /// Run time of one process; zero when it is gone. clock_getcpuclockid(3) describes the id.
    /// </summary>
    public static long Nanoseconds(int processId)
    {
        const int scheduled = 2;
        var clock = (~processId << 3) | scheduled;
        if (Native.ClockGetTime(clock, out var time) != 0) return 0;
        return ((long)time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    /// <summary>Run time of a process and all its living descendants.</summary>
    public static long TreeNanoseconds(int rootProcessId) => ProcessFamily.Of(rootProcessId).Sum(Nanoseconds);

    /// <summary>
    /// Time that all cores together spent on anything but idling, in nanoseconds. Tick-sampled: good enough
    /// to tell whether somebody else used the machine.
    /// </summary>
    public static long MachineBusyNanoseconds()
    {
        const int idle = 3, waiting = 4, fields = 8;
        var ticks = File.ReadLines("/proc/stat").First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(fields).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        const long nanosecondsPerTick = 10_000_000;
        return (ticks.Sum() - ticks[idle] - ticks[waiting]) * nanosecondsPerTick;
    }
}
