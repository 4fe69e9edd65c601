using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>All that there is to measure, into one file of results: about an hour.</summary>
internal static class EverythingCommand
{
    private const int ManyIdleClients = 50_000;
    private const int EncryptedIdleClients = 10_000;
    private const int BurstClients = 2_000;
    private const int StartRounds = 5;

    /// <returns>0; 1 when a bar is missed.</returns>
    public static int Run(PostgresCommand.Options options, Interruption interruption)
    {
        var code = PostgresCommand.Run(
            options with { Workloads = Workload.All, KeepsResults = true }, interruption);
        using (var bench = new Bench(interruption, options.Choice with { HasWide = true }))
        {
            bench.Lineup.Start();
            Keep(BulkCommand.Report(BulkCommand.Measure(bench.Stage, bench.Lineup, options.Rounds)));
            Keep(BurstCommand.Report(BurstCommand.Measure(bench.Stage, bench.Lineup,
                new BurstCommand.Options(options.Rounds, BurstClients, options.Choice))));
        }

        using (var bench = new Bench(interruption, options.Choice))
        {
            Keep(MemoryReport.Of(IdleCommand.Measure(bench.Stage, bench.Lineup, ManyIdleClients)));
            Keep(MemoryReport.Of(
                IdleCommand.Measure(bench.Stage, bench.Lineup, EncryptedIdleClients, isTls: true), ", TLS"));
            Keep(StartCommand.Report(bench.Lineup, StartRounds));
        }

        return code;
    }

    private static void Keep(string report)
    {
        Console.WriteLine(report);
        ResultsFile.Append(report);
    }
}
