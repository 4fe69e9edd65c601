using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>Thousands of clients at once.</summary>
internal static class BurstCommand
{
    internal sealed record Options(int Rounds, int Clients, Lineup.Choice Choice);

    public static int Run(Options options, Interruption interruption)
    {
        using var bench = new Bench(interruption, options.Choice);
        bench.Lineup.Start();
        Console.WriteLine(Report(Measure(bench.Stage, bench.Lineup, options)));
        return 0;
    }

    public static IReadOnlyDictionary<string, List<Burst.Result>> Measure(
        Stage stage, Lineup lineup, Options options)
    {
        var burst = new Burst(stage);
        var results = new Dictionary<string, List<Burst.Result>>();
        // One round more than is counted: what the first clients make a process compile is nobody's.
        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var contender in lineup.Proxies.Where(contender => !contender.IsRelay))
            {
                var result = burst.Measure(contender, options.Clients);
                if (round == 0) continue;
                if (!results.TryGetValue(contender.Name, out var own)) results[contender.Name] = own = [];
                own.Add(result);
                Console.Error.WriteLine($"burst  {contender.Name,-14} {result.Seconds:0.00} s  "
                    + $"{result.CpuMicroseconds:0} µs CPU for each  {result.Failed} failed");
            }
        }

        return results;
    }

    public static string Report(IReadOnlyDictionary<string, List<Burst.Result>> results)
    {
        var table = new Table(
            "proxy", "clients", "turned away", "s until the last answer", "CPU µs for each", "ratio of CPU");
        results.TryGetValue(ThroughputReport.Yardstick, out var yardsticks);
        foreach (var (name, own) in results)
        {
            var ratio = yardsticks is null ? null : Spread.Of(own.Zip(yardsticks,
                (mine, other) => (double?)(mine.CpuMicroseconds / other.CpuMicroseconds)));
            table.Add(name, Text.Number(own[0].Clients, "0"),
                Text.Number(own.Max(result => result.Failed), "0"),
                Text.Number(Spread.Of(own.Select(result => (double?)result.Seconds))?.Median, "0.00"),
                Text.Number(Spread.Of(own.Select(result => (double?)result.CpuMicroseconds))?.Median, "0"),
                Text.Ratio(ratio));
        }

        return $"## Clients that come at once\n\n{table}";
    }
}
