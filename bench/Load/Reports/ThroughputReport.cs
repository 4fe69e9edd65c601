using System.Globalization;
using System.Text;
using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>The tables of an interleaved bench: medians, and ratios to one contender.</summary>
internal sealed class ThroughputReport(
    ThroughputResults results, string yardstick = ThroughputReport.Yardstick)
{
    public const string Yardstick = "PgBouncer";

    /// <summary>One table for each measure.</summary>
    public string Summary()
    {
        var text = new StringBuilder();
        Append(text, "CPU µs per transaction", "0.0", sample => sample.CpuMicroseconds, hasDirect: false);
        Append(text, "Transactions per second", "0", sample => sample.PerSecond, hasDirect: true);
        Append(text, "Latency p50, ms", "0.000", sample => sample.P50, hasDirect: true);
        Append(text, "Latency p99, ms", "0.000", sample => sample.P99, hasDirect: true);
        Append(text, "Latency p99.9, ms", "0.000", sample => sample.P999, hasDirect: true);
        Append(text, "Latency, longest to mean", "0.00", sample => sample.LongestToMean, hasDirect: true);
        AppendFaults(text);
        text.Append(OthersNote());
        return text.ToString();
    }

    /// <summary>Every single run, for whoever doubts a median.</summary>
    public string Runs()
    {
        var table = new Table("workload", "round", "contender", "transactions", "per second", "CPU µs/tx",
            "p50 ms", "p99 ms", "others' CPU");
        foreach (var run in results.Runs.OrderBy(run => results.Workloads.ToList().IndexOf(run.Workload)))
        {
            if (run.Sample is not { } sample) continue;
            table.Add(run.Workload.Name, run.Round.ToString(CultureInfo.InvariantCulture), run.Contender,
                Text.Number(sample.Transactions, "0"), Text.Number(sample.PerSecond, "0"),
                Text.Number(sample.CpuMicroseconds, "0.00"), Text.Number(sample.P50, "0.000"),
                Text.Number(sample.P99, "0.000"), Text.Percent(sample.OthersShare));
        }

        return $"## Every run\n\n{table}";
    }

    private void Append(
        StringBuilder text, string title, string format, Func<Sample, double?> value, bool hasDirect)
    {
        string[] contenders = [.. results.Contenders.Where(name => hasDirect || name != "direct")];
        string[] compared = [.. contenders.Where(name => name != yardstick)];
        var table = new Table(
            ["workload", .. contenders, .. compared.Select(name => $"{name} / {yardstick}")]);
        foreach (var workload in results.Workloads)
        {
            table.Add(
            [
                workload.Name,
                .. contenders.Select(name => Text.Number(results.Median(workload, name, value), format)),
                .. compared.Select(name => Text.Ratio(results.Ratio(workload, name, yardstick, value))),
            ]);
        }

        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{table}\n");
    }

    private void AppendFaults(StringBuilder text)
    {
        foreach (var run in results.Runs.Where(run => run.Fault is not null))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"Void: {run.Workload.Name}, {run.Contender}, round {run.Round}: {run.Fault}\n\n");
        }
    }

    private string OthersNote()
    {
        var others = Spread.Of(results.Runs.Select(run => run.Sample?.OthersShare));
        if (others is null) return "";
        var verdict = others.Most > 0.05 ? "**The machine was not quiet.** " : "";
        return $"{verdict}Other programs used {Text.Percent(others.Median)} of the machine in the median "
            + $"run, {Text.Percent(others.Most)} in the worst.\n";
    }
}
