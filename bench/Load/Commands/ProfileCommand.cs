using System.Globalization;
using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Processes;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>
/// Shows what the hot path does: system calls for each transaction, and where the CPU time goes.
/// </summary>
internal static class ProfileCommand
{
    internal sealed record Options(
        IReadOnlyList<Workload> Workloads, Timing Timing, int Scale, Lineup.Choice Choice);

    public static int Run(Options options, Interruption interruption)
    {
        using var bench = new Bench(interruption, options.Choice, options.Scale);
        var (stage, lineup) = (bench.Stage, bench.Lineup);
        lineup.Start();
        foreach (var workload in options.Workloads)
        {
            Console.WriteLine($"## {workload.Name}: system calls for each transaction\n");
            Console.WriteLine(CallTable(stage, lineup, workload, options.Timing));
            foreach (var contender in lineup.Proxies)
            {
                Console.WriteLine($"## {workload.Name}: CPU samples of {contender.Name}\n");
                Console.WriteLine(CpuSamples(stage, contender, workload, options.Timing));
            }
        }

        return 0;
    }

    private static Table CallTable(Stage stage, Lineup lineup, Workload workload, Timing timing)
    {
        var calls = new SystemCalls(stage);
        var run = new InterleavedRun(stage);
        var results = new List<(string Name, SystemCalls.Result Result)>();
        foreach (var contender in lineup.Proxies)
        {
            // Compiled code first: a just-in-time compiler's own calls are not the hot path.
            run.Measure([contender], workload, timing);
            results.Add((contender.Name, calls.Count(contender, workload, timing)));
        }

        var table = new Table(["call", .. results.Select(pair => $"{pair.Name} ({pair.Result.Method})")]);
        var names = results.SelectMany(pair => pair.Result.PerTransaction)
            .GroupBy(pair => pair.Key).OrderByDescending(group => group.Max(pair => pair.Value))
            .Select(group => group.Key);
        foreach (var name in names)
        {
            table.Add([name, .. results.Select(pair => Text.Number(
                pair.Result.PerTransaction.TryGetValue(name, out var count) ? count : null, "0.000"))]);
        }

        return table;
    }

    /// <summary>The functions, kernel and user, in which the proxy was found most often.</summary>
    private static string CpuSamples(Stage stage, IContender contender, Workload workload, Timing timing)
    {
        var data = stage.FileFor("perf.data");
        var processId = contender.ProcessId!.Value.ToString(CultureInfo.InvariantCulture);
        var seconds = timing.Measured.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        try
        {
            using var pgbench = Pgbench.Start(stage, contender, workload);
            stage.Interruption.Pause(timing.WarmUp);
            Perf(stage, ["record", "--event=cpu-clock", "--freq=1999", "--output=" + data,
                "--pid=" + processId, "--", "sleep", seconds]);
            return Shares(stage, data, "dso", rows: 8) + Shares(stage, data, "dso,symbol", rows: 40);
        }
        catch (BenchFailure fault)
        {
            return $"No samples: {fault.Message}\n";
        }
    }

    private static string Shares(Stage stage, string data, string sort, int rows)
    {
        var lines = Perf(stage, ["report", "--input=" + data, "--stdio", "--sort=" + sort]).Split('\n')
            .Where(line => line.Contains('%', StringComparison.Ordinal) && line[0] != '#')
            .Take(rows);
        return string.Concat(lines.Select(line => line.TrimEnd(' ', '-') + "\n")) + "\n";
    }

    private static string Perf(Stage stage, IReadOnlyList<string> arguments) => Child.Run(
        "perf", ["perf", .. arguments], stage.FileFor("perf.log"), stage.Interruption,
        TimeSpan.FromSeconds(60));
}
