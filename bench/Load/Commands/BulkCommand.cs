using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>COPY both ways: what a megabyte costs each proxy.</summary>
internal static class BulkCommand
{
    private static readonly string[] Directions = ["copy-out", "copy-in"];

    internal sealed record Options(int Rounds, Lineup.Choice Choice);

    public static int Run(Options options, Interruption interruption)
    {
        using var bench = new Bench(interruption, options.Choice with { HasWide = true });
        bench.Lineup.Start();
        Console.WriteLine(Report(Measure(bench.Stage, bench.Lineup, options.Rounds)));
        return 0;
    }

    /// <summary>For each direction and contender: CPU µs for each megabyte, of each round.</summary>
    public static IReadOnlyDictionary<(string Direction, string Contender), List<double>> Measure(
        Stage stage, Lineup lineup, int rounds)
    {
        var results = new Dictionary<(string, string), List<double>>();
        var bulk = new Bulk(stage);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var direction in Directions)
            {
                foreach (var (name, cost) in bulk.Measure(direction, [.. lineup.Proxies]))
                {
                    if (!results.TryGetValue((direction, name), out var costs))
                        results[(direction, name)] = costs = [];
                    costs.Add(cost);
                    Console.Error.WriteLine($"bulk  {direction,-8} {name,-14} {cost:0} µs CPU for each MB");
                }
            }
        }

        return results;
    }

    public static string Report(
        IReadOnlyDictionary<(string Direction, string Contender), List<double>> results)
    {
        var table = new Table(
            "direction", "proxy", "CPU µs for each MB", "ratio to PgBouncer", $"ratio to {Lineup.Wide}");
        foreach (var ((direction, name), costs) in results.OrderBy(pair => pair.Key.Direction))
        {
            var median = Spread.Of(costs.Select(cost => (double?)cost))?.Median;
            table.Add(direction, name, Text.Number(median, "0"),
                Text.Ratio(RatioTo(ThroughputReport.Yardstick)), Text.Ratio(RatioTo(Lineup.Wide)));

            Spread? RatioTo(string yardstick) => results.TryGetValue((direction, yardstick), out var others)
                ? Spread.Of(costs.Zip(others, (cost, other) => (double?)(cost / other)))
                : null;
        }

        return $"## COPY, {Bulk.Megabytes:0} MB each way\n\n{table}";
    }
}
