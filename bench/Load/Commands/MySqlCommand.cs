using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>sysbench through Sento and through a relay that understands nothing, interleaved.</summary>
internal static class MySqlCommand
{
    private const string Relay = "haproxy";

    /// <summary>A relay has a connection for each client; as many for Sento, so that nobody waits.</summary>
    private static readonly Workload[] Workloads =
    [
        new("point-text-16", "text", 16, "oltp_point_select"),
        new("point-prepared-16", "prepared", 16, "oltp_point_select"),
        new("rw-text-16", "text", 16, "oltp_read_write"),
        new("rw-prepared-16", "prepared", 16, "oltp_read_write"),
    ];

    /// <returns>0; 1 when a bar is missed.</returns>
    public static int Run(PostgresCommand.Options options, Interruption interruption)
    {
        using var stage = new Stage(
            interruption, Programs.FromEnvironment(), options.Scale, stage => new MariaDbServer(stage));
        using var lineup = Lineup.OfMySql(stage, Programs.FromEnvironment(), options.Choice);
        lineup.Start();
        var head = Head(stage, lineup, options);
        var results = Throughput(stage, lineup, options);
        lineup.Stop();
        var memory = options.IdleClients > 0
            ? IdleCommand.Measure(stage, lineup, options.IdleClients, withoutRelays: true)
            : new Dictionary<string, IdleMemory.Result>();

        var report = new ThroughputReport(results, Relay);
        var summary = report.Summary() + (memory.Count > 0 ? "\n" + MemoryReport.Of(memory) : "");
        Console.WriteLine();
        Console.WriteLine(summary);
        if (options.KeepsResults)
            Console.WriteLine($"Kept in {ResultsFile.Write($"{head}\n{summary}\n{report.Runs()}")}");
        if (!options.IsCheck) return 0;
        var missed = Bars.Missed(results, memory, Workloads, Relay, "mysql").ToList();
        foreach (var line in missed) Console.WriteLine("Missed: " + line);
        if (missed.Count == 0) Console.WriteLine("All bars hold.");
        return missed.Count == 0 ? 0 : 1;
    }

    private static string Head(Stage stage, Lineup lineup, PostgresCommand.Options options) => $"""
        # MySQL side by side

        {MachineDescription.Lines(stage, lineup.Contenders)}
        - sysbench, one table, scale {options.Scale}
        - {options.Choice.PoolSize} server connections behind Sento, one for each client behind haproxy
        - {options.Timing.Measured.TotalSeconds:0.#} s for each run, interleaved; rounds: {options.Rounds}

        Medians of the rounds. A ratio is the median of the ratios within each round, with [least–most].
        Method: bench/README.md.

        """;

    private static ThroughputResults Throughput(Stage stage, Lineup lineup, PostgresCommand.Options options)
    {
        var names = lineup.Contenders.Select(contender => contender.Name).ToList();
        var results = new ThroughputResults(names, Workloads);
        var run = new SysbenchRun(stage, ((MariaDbServer)stage.Database).Rows);
        // A just-in-time compiler needs traffic to finish.
        foreach (var workload in Workloads)
        {
            foreach (var outcome in run.Measure([.. lineup.Proxies], workload, TimeSpan.FromSeconds(3)))
                PostgresCommand.Show("warm-up", workload, outcome);
        }

        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var workload in Workloads)
            {
                foreach (var outcome in run.Measure(lineup.Contenders, workload, options.Timing.Measured))
                {
                    PostgresCommand.Show($"round {round}", workload, outcome);
                    results.Add(new(
                        round, workload, outcome.Contender.Name, outcome.Sample, outcome.Fault));
                }
            }
        }

        return results;
    }
}
