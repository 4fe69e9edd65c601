using System.Globalization;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>
/// Counts a proxy's system calls by name, and its context switches, while a workload runs: the hot path is
/// mostly kernel. By perf where it may (costs the proxy little), else by strace (slows it a lot, so batches
/// look smaller than they are).
/// </summary>
internal sealed class SystemCalls(Stage stage)
{
    private static readonly string[] Calls =
    [
        "read", "write", "readv", "writev", "recvfrom", "sendto", "recvmsg", "sendmsg",
        "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll", "ppoll", "io_uring_enter",
        "futex", "sched_yield", "accept4", "close", "mmap", "munmap", "madvise", "mprotect",
        "clock_gettime", "gettimeofday",
    ];

    /// <param name="Method">perf or strace.</param>
    /// <param name="PerTransaction">Calls for each transaction, by name.</param>
    internal sealed record Result(string Method, IReadOnlyDictionary<string, double> PerTransaction);

    public Result Count(IContender contender, Workload workload, Timing timing)
    {
        var processId = contender.ProcessId ?? throw new BenchFailure($"{contender.Name} has no process");
        var usesPerf = PerfMay();
        using var pgbench = Pgbench.Start(stage, contender, workload);
        stage.Interruption.Pause(timing.WarmUp);
        var (counts, window) = usesPerf
            ? CountByPerf(processId, timing.Measured)
            : CountByStrace(processId, timing.Measured);
        var log = pgbench.Transactions(window);
        return new Result(
            usesPerf ? "perf" : "strace",
            counts.Where(pair => pair.Value > 0)
                .ToDictionary(pair => pair.Key, pair => (double)pair.Value / log.Count));
    }

    private bool PerfMay()
    {
        try
        {
            return RunPerf(["true"], ["raw_syscalls:sys_enter"]).Counts.Count > 0;
        }
        catch (BenchFailure)
        {
            return false;
        }
    }

    private (Dictionary<string, long> Counts, Window Window) CountByPerf(int processId, TimeSpan time)
    {
        var events = Calls.Select(call => "syscalls:sys_enter_" + call).Where(Exists)
            .Append("raw_syscalls:sys_enter").Append("context-switches").Append("page-faults");
        // perf takes seconds to attach to that many events and to let go of them; it counts while its own
        // child runs, so the child tells when that was.
        var seconds = time.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var (counts, output) = RunPerf(
            ["--pid", Text(processId), "--", "sh", "-c", $"date +%s%N; sleep {seconds}; date +%s%N"], events);
        DateTime[] times = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => DateTime.UnixEpoch.AddMicroseconds(
                long.Parse(line, CultureInfo.InvariantCulture) / 1000.0))];
        return (counts, new Window(times[0], times[1]));
    }

    private (Dictionary<string, long> Counts, string Output) RunPerf(
        IEnumerable<string> target, IEnumerable<string> events)
    {
        var report = stage.FileFor("perf-stat.txt");
        string[] command =
        [
            "perf", "stat", "--field-separator=;", "--output=" + report, "--event", string.Join(',', events),
            .. target,
        ];
        var output = Child.Run(
            "perf", command, stage.FileFor("perf-stat.log"), stage.Interruption, TimeSpan.FromSeconds(120));
        // One line for each counter: value;unit;event;...
        var counts = new Dictionary<string, long>();
        foreach (var fields in File.ReadLines(report).Select(line => line.Split(';')))
        {
            // "<not counted>" and the like are no counts.
            if (fields.Length > 3 && long.TryParse(fields[0], out var count))
                counts[NameOf(fields[2])] = count;
        }

        return (counts, output);
    }

    private static string NameOf(string counter) => counter switch
    {
        "raw_syscalls:sys_enter" => "all system calls",
        _ => counter.Replace("syscalls:sys_enter_", ""),
    };

    /// <summary>
    /// perf refuses a list with an event that this kernel lacks; without tracefs we cannot know.
    /// </summary>
    private static bool Exists(string counter) => !Directory.Exists("/sys/kernel/tracing/events/syscalls")
        || Directory.Exists("/sys/kernel/tracing/events/" + counter.Replace(':', '/'));

    private (Dictionary<string, long> Counts, Window Window) CountByStrace(int processId, TimeSpan time)
    {
        var report = stage.FileFor("strace.txt");
        Window window;
        using (var child = Child.Start(
            "strace", ["strace", "-c", "-f", "-o", report, "-p", Text(processId)],
            stage.FileFor("strace.log"), Signal.Int))
        {
            stage.Interruption.WaitFor(() => child.HasEnded || IsAttached(child), TimeSpan.FromSeconds(10));
            var from = DateTime.UtcNow;
            stage.Interruption.Pause(time);
            window = new Window(from, DateTime.UtcNow);
        }

        // % time, seconds, usecs/call, calls, [errors,] name
        var counts = new Dictionary<string, long>();
        foreach (var line in File.Exists(report) ? File.ReadAllLines(report) : [])
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 5 || !long.TryParse(fields[3], out var count)) continue;
            counts[fields[^1] == "total" ? "all system calls" : fields[^1]] = count;
        }

        if (counts.Count == 0) throw new BenchFailure("neither perf nor strace may watch the proxy");
        return (counts, window);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsAttached(Child strace) =>
        File.Exists(strace.LogPath) && File.ReadAllText(strace.LogPath).Contains("attached");
}
