using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>The interleaved comparison, and with it what an idle client costs.</summary>
internal static class PostgresCommand
{
    /// <param name="Baseline">Another Sento program to show beside; null: none.</param>
    /// <param name="IdleClients">Zero: memory is not measured.</param>
    /// <param name="IsCheck">Compare with the bars, and fail when one is missed.</param>
    internal sealed record Options(
        IReadOnlyList<Workload> Workloads, int Rounds, Timing Timing, int Scale, int PoolSize,
        int IdleClients, string? Baseline, bool IsCheck, bool KeepsResults);

    /// <returns>0; 1 when a bar is missed.</returns>
    public static int Run(Options options, Interruption interruption)
    {
        var programs = Programs.FromEnvironment();
        using var stage = new Stage(interruption, programs, options.Scale);
        using var lineup = Lineup.Of(stage, programs, options.PoolSize, options.Baseline);
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
            Console.WriteLine($"Kept in {ResultsFile.Write($"{head}\n{summary}\n{report.Runs()}")}");
        return options.IsCheck ? Check(results, memory) : 0;
    }

    private static string Head(Stage stage, Lineup lineup, Options options) => $"""
        # PostgreSQL side by side

        {MachineDescription.Lines(stage, lineup.Contenders.Select(contender => contender.Description))}
        pgbench select-only, scale {options.Scale}, `-j 1`; {options.PoolSize} server connections behind each
        proxy; {options.Rounds} interleaved rounds of {options.Timing.Window.TotalSeconds:0.#} s after
        {options.Timing.WarmUp.TotalSeconds:0.#} s of warm-up. Medians of the rounds; a ratio is the median of
        the ratios within each round, with [least–most]. Method: bench/README.md.

        """;

    private static ThroughputResults Throughput(Stage stage, Lineup lineup, Options options)
    {
        var names = lineup.Contenders.Select(contender => contender.Name).ToList();
        var results = new ThroughputResults(names, options.Workloads);
        var run = new ThroughputRun(stage);
        WarmUp(run, lineup, options);
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var workload in options.Workloads)
            {
                // Everyone is first once: whoever runs first may find the machine in another mood.
                var first = (round - 1) % names.Count;
                foreach (var contender in lineup.Contenders.Skip(first).Concat(lineup.Contenders.Take(first)))
                    results.Add(Measure(run, round, workload, contender, options.Timing));
            }
        }

        return results;
    }

    /// <summary>
    /// Gives a just-in-time compiler the traffic that it needs to finish, in every query mode.
    /// </summary>
    private static void WarmUp(ThroughputRun run, Lineup lineup, Options options)
    {
        var timing = new Timing(TimeSpan.Zero, TimeSpan.FromSeconds(2));
        foreach (var contender in lineup.Proxies)
        {
            foreach (var workload in options.Workloads.DistinctBy(workload => workload.Mode))
                Measure(run, 0, workload, contender, timing);
        }
    }

    private static ThroughputResults.Run Measure(
        ThroughputRun run, int round, Workload workload, IContender contender, Timing timing)
    {
        Sample? sample = null;
        string? fault = null;
        try
        {
            sample = run.Measure(contender, workload, timing);
        }
        catch (BenchFailure failure)
        {
            fault = failure.Message;
        }

        var outcome = sample is null
            ? "void: " + fault
            : $"{sample.PerSecond,7:0}/s {Text.Number(sample.CpuMicroseconds, "0.0"),6} µs CPU  "
                + $"p99 {sample.P99:0.00} ms";
        var stage = round == 0 ? "warm-up" : $"round {round}";
        Console.Error.WriteLine($"{stage}  {workload.Name,-12} {contender.Name,-10} {outcome}");
        return new ThroughputResults.Run(round, workload, contender.Name, sample, fault);
    }

    private static int Check(ThroughputResults results, IReadOnlyDictionary<string, IdleMemory.Result> memory)
    {
        var missed = Bars.Missed(results, memory).ToList();
        foreach (var line in missed) Console.WriteLine("Missed: " + line);
        if (missed.Count == 0) Console.WriteLine("All bars hold.");
        return missed.Count == 0 ? 0 : 1;
    }
}
