using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>The interleaved comparison, and with it what an idle client costs.</summary>
internal static class PostgresCommand
{
    /// <param name="IdleClients">Zero: memory is not measured.</param>
    /// <param name="IsCheck">Compare with the bars, and fail when one is missed.</param>
    internal sealed record Options(
        IReadOnlyList<Workload> Workloads, int Rounds, Timing Timing, int Scale, Lineup.Choice Choice,
        int IdleClients, bool IsCheck, bool KeepsResults);

    /// <returns>0; 1 when a bar is missed.</returns>
    public static int Run(Options options, Interruption interruption)
    {
        using var bench = new Bench(interruption, options.Choice, options.Scale);
        var (stage, lineup) = (bench.Stage, bench.Lineup);
        lineup.Start();
        var head = Head(stage, lineup, options);
        var results = Throughput(stage, lineup, options);
        lineup.Stop();
        var memory = options.IdleClients > 0
            ? IdleCommand.Measure(stage, lineup, options.IdleClients)
            : new Dictionary<string, IdleMemory.Result>();

        var report = new ThroughputReport(results);
        var summary = report.Summary() + (memory.Count > 0 ? "\n" + MemoryReport.Of(memory) : "");
        Console.WriteLine();
        Console.WriteLine(summary);
        if (options.KeepsResults)
        {
            Console.WriteLine($"Kept in {ResultsFile.Write($"{head}\n{summary}\n{report.Runs()}")}");
            Console.WriteLine($"Drawn in {ResultsFile.Write(RatioPicture.Of(results), ".svg")}");
        }
        return options.IsCheck ? Check(results, memory) : 0;
    }

    private static string Head(Stage stage, Lineup lineup, Options options) => $"""
        # PostgreSQL side by side

        {MachineDescription.Lines(stage, lineup.Contenders)}
        - pgbench, scale {options.Scale}, `-j 1`
        - {options.Choice.PoolSize} server connections behind each proxy
        - {options.Timing.Measured.TotalSeconds:0.#} s for each run, interleaved; rounds: {options.Rounds}

        Medians of the rounds. A ratio is the median of the ratios within each round, with [least–most].
        Method: bench/README.md.

        """;

    private static ThroughputResults Throughput(Stage stage, Lineup lineup, Options options)
    {
        var names = lineup.Contenders.Select(contender => contender.Name).ToList();
        var results = new ThroughputResults(names, options.Workloads);
        var run = new InterleavedRun(stage);
        WarmUp(run, lineup, options);
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var workload in options.Workloads)
            {
                // Everyone is first once: whoever runs first may find the machine in another mood.
                var first = (round - 1) % names.Count;
                IContender[] order = [.. lineup.Contenders.Skip(first), .. lineup.Contenders.Take(first)];
                order = [.. order.Where(workload.Suits)];
                foreach (var outcome in run.Measure(order, workload, options.Timing))
                {
                    Show($"round {round}", workload, outcome);
                    results.Add(new(
                        round, workload, outcome.Contender.Name, outcome.Sample, outcome.Fault));
                }
            }
        }

        return results;
    }

    /// <summary>
    /// Gives a just-in-time compiler the traffic that it needs to finish, in every query mode and way to
    /// connect.
    /// </summary>
    private static void WarmUp(InterleavedRun run, Lineup lineup, Options options)
    {
        var timing = new Timing(TimeSpan.Zero, TimeSpan.FromSeconds(4));
        foreach (var workload in options.Workloads.DistinctBy(
            workload => (workload.Mode, workload.Connects, workload.IsTls)))
        {
            foreach (var outcome in run.Measure([.. lineup.Proxies.Where(workload.Suits)], workload, timing))
                Show("warm-up", workload, outcome);
        }
    }

    internal static void Show(string stage, Workload workload, InterleavedRun.Outcome outcome)
    {
        var text = outcome.Sample is { } sample
            ? $"{sample.PerSecond,7:0}/s {Text.Number(sample.CpuMicroseconds, "0.0"),6} µs CPU  "
                + $"p99 {sample.P99:0.00} ms"
            : "void: " + outcome.Fault;
        Console.Error.WriteLine($"{stage}  {workload.Name,-12} {outcome.Contender.Name,-12} {text}");
    }

    private static int Check(ThroughputResults results, IReadOnlyDictionary<string, IdleMemory.Result> memory)
    {
        var missed = Bars.Missed(
            results, memory, Workload.Core, ThroughputReport.Yardstick, "-").ToList();
        foreach (var line in missed) Console.WriteLine("Missed: " + line);
        if (missed.Count == 0) Console.WriteLine("All bars hold.");
        return missed.Count == 0 ? 0 : 1;
    }
}
