using System.Diagnostics;
using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>How long a proxy takes from start to its first client's first answer; its size then.</summary>
internal static class StartCommand
{
    internal sealed record Options(int Rounds, Lineup.Choice Choice);

    public static int Run(Options options, Interruption interruption)
    {
        using var bench = new Bench(interruption, options.Choice);
        Console.WriteLine(Report(bench.Lineup, options.Rounds));
        return 0;
    }

    /// <summary>Starts each proxy again and again.</summary>
    public static string Report(Lineup lineup, int rounds)
    {
        var table = new Table("proxy", "ms to the first answer", "resident then, MB");
        foreach (var contender in lineup.Proxies)
        {
            var times = new List<double?>();
            var sizes = new List<double?>();
            for (var round = 0; round < rounds; round++)
            {
                var started = Stopwatch.GetTimestamp();
                contender.Start();
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                sizes.Add(IdleMemory.ResidentBytesOf(contender) / 1e6);
                contender.Stop();
            }

            table.Add(contender.Name, Shown(times), Shown(sizes));
        }

        return $"## Start\n\n{table}";
    }

    private static string Shown(IEnumerable<double?> values)
    {
        if (Spread.Of(values) is not { } spread) return Text.Missing;
        var ends = $"{Text.Number(spread.Least, "0")}–{Text.Number(spread.Most, "0")}";
        return $"{Text.Number(spread.Median, "0")} [{ends}]";
    }
}
