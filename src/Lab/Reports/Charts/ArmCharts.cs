using System.Globalization;
using Sento.Lab.Results;

namespace Sento.Lab.Reports.Charts;

/// <summary>The report's charts, each from the first round of all arms that ran.</summary>
internal sealed class ArmCharts(RunResult run, Phrases phrases)
{
    private const int Width = 440;
    private const int Height = 270;
    private const int RowHeight = 26;
    private const double Megabyte = 1 << 20;
    private static readonly double[] ShareMarks = [0.5, 0.9, 0.99];

    private readonly List<ArmResult> _arms =
        [.. run.Arms.Where(arm => arm is { Round: 0, Fault: null, Moments.Count: > 0 })];

    /// <summary>Clients and server connections over time, one small picture for each arm.</summary>
    public IEnumerable<string> Connections()
    {
        var most = _arms.Max(arm => (double)Math.Max(arm.ClientsMax, arm.ServersMax));
        return _arms.Select(arm =>
        {
            var svg = new Svg(300, 182, $"{arm.Arm.Letter} {phrases.NameOf(arm.Arm)}");
            svg.Text(4, 14, arm.Arm.Letter, $"b l-{arm.Arm.Letter}");
            svg.Text(40, 14, phrases.NameOf(arm.Arm));
            ConnectionPanel.Draw(
                svg, arm, Axis.Until(run.Plan.Phases.Total, 40, 292), Axis.Holding(most, 148, 38), phrases);
            return svg.ToString();
        });
    }

    /// <summary>Successes and errors, a bar for each arm.</summary>
    public string Success()
    {
        var rows = new Rows(_arms, phrases.Say("success"));
        var scale = new Axis(0, 1, 0, Width - 130);
        return rows.Draw((svg, arm, y) =>
        {
            var good = scale.Place((double)arm.Succeeded / arm.Started);
            svg.Box(36, y, good, RowHeight - 12, "good");
            svg.Box(36 + good, y, scale.To - good, RowHeight - 12, "bad");
            var share = 100.0 * arm.Succeeded / arm.Started;
            // A hundred is said of all only.
            var text = arm.Failed == 0 ? "100 %" : $"{Math.Min(share, 99.9).ToString("0.0", Invariant)} %";
            svg.Text(Width - 4, y + 11, text, "t", "end");
        });
    }

    /// <summary>The most memory that the database's processes occupied, with their connections.</summary>
    public string Memory()
    {
        var scale = Axis.Holding(_arms.Max(arm => arm.MemoryMax) / Megabyte, 0, Width - 200);
        return new Rows(_arms, phrases.Say("memory")).Draw((svg, arm, y) =>
        {
            var length = scale.Place(arm.MemoryMax / Megabyte);
            svg.Box(36, y, length, RowHeight - 12, $"f-{arm.Arm.Letter}");
            var text = string.Create(Invariant, $"{arm.MemoryMax / Megabyte:0} MB · {arm.ServersMax}");
            svg.Text(42 + length, y + 11, text);
        });
    }

    /// <summary>Each reading of the memory by the connections that the database had then.</summary>
    public string MemoryByConnections()
    {
        var svg = new Svg(Width, Height, phrases.Say("memory.connections"));
        var shown = _arms.Where(arm => arm.Memory.Count > 0).ToList();
        var across = Axis.Holding(
            shown.Max(arm => arm.Memory.Max(at => (double)at.Servers)), 52, Width - 16);
        var up = Axis.Holding(shown.Max(arm => arm.MemoryMax) / Megabyte, Height - 42, 40);
        svg.Frame(across, up, phrases.Say("servers"), "MB");
        Legend(svg, shown);
        foreach (var arm in shown)
        {
            foreach (var at in arm.Memory)
                svg.Dot(across.Place(at.Servers), up.Place(at.Bytes / Megabyte), $"f-{arm.Arm.Letter}");
        }
        return svg.ToString();
    }

    /// <summary>Null: there were none.</summary>
    public string? Errors() => Lines(
        "errors", [.. _arms.Where(arm => arm.Failed > 0)],
        arm => arm.ErrorsEachSecond.Select((count, second) => (second + 0.5, (double)count)));

    /// <summary>Statements whose invocation was given up; null: there were none.</summary>
    public string? Orphans() => Lines(
        "orphans", [.. _arms.Where(arm => arm.Orphans is { Statements: > 0 })],
        arm => arm.Moments.Where(moment => moment.Seconds >= 0)
            .Select(moment => (moment.Seconds, (double)moment.Orphans)));

    private string? Lines(
        string title, List<ArmResult> shown,
        Func<ArmResult, IEnumerable<(double Seconds, double Count)>> points)
    {
        if (shown.Count == 0)
            return null;
        var all = shown.ConvertAll(arm => points(arm).ToList());
        var svg = new Svg(Width, Height, phrases.Say(title));
        var across = Axis.Holding(all.Max(arm => arm[^1].Seconds), 44, Width - 12);
        var up = Axis.Holding(all.Max(arm => arm.Max(point => point.Count)), Height - 42, 40);
        svg.Frame(across, up, phrases.Say("unit.seconds"), "");
        Legend(svg, shown);
        for (var index = 0; index < shown.Count; index++)
        {
            svg.Path(
                all[index].Select(point => (across.Place(point.Seconds), up.Place(point.Count))),
                $"line s-{shown[index].Arm.Letter}");
        }
        return svg.ToString();
    }

    public string Latency()
    {
        var shown = _arms.Where(arm => arm.LatencyCurve.Count > 1).ToList();
        if (shown.Count == 0)
            return "";
        var svg = new Svg(Width, Height, phrases.Say("latency"));
        // By the rarity of what is slower: 50 %, 90 % and 99 % are equally far apart.
        var across = new Axis(0, -Math.Log10(0.005), 44, Width - 12);
        var up = Axis.HoldingLogarithms(
            shown.Min(arm => arm.LatencyCurve[0]), shown.Max(arm => arm.LatencyCurve[^1]), Height - 42, 40);
        foreach (var tick in up.Ticks())
        {
            svg.Line(across.From, up.Place(tick), across.To, up.Place(tick), "grid");
            svg.Text(across.From - 5, up.Place(tick) + 4, Axis.Text(tick), "n", "end");
        }
        foreach (var mark in ShareMarks)
        {
            var x = across.Place(-Math.Log10(1 - mark));
            svg.Line(x, up.From, x, up.To, "grid");
            svg.Text(x, up.From + 15, $"{mark * 100:0} %", "n", "middle");
        }
        svg.Text(across.To, up.From + 29, phrases.Say("unit.share"), "n", "end");
        svg.Text(across.From - 5, up.To - 9, "ms", "n", "end");
        Legend(svg, shown);
        foreach (var arm in shown)
            svg.Path(Curve(arm, across, up), $"line s-{arm.Arm.Letter}");
        return svg.ToString();
    }

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private static IEnumerable<(double X, double Y)> Curve(ArmResult arm, Axis across, Axis up)
    {
        var steps = arm.LatencyCurve.Count - 1;
        for (var step = 0; step < steps; step++)
        {
            yield return (
                across.Place(-Math.Log10(1 - ((double)step / steps))), up.Place(arm.LatencyCurve[step]));
        }
    }

    private static void Legend(Svg svg, List<ArmResult> arms)
    {
        // Eleven arms of a full run have room.
        var x = 48.0;
        foreach (var arm in arms)
        {
            svg.Line(x, 12, x + 14, 12, $"line s-{arm.Arm.Letter}");
            svg.Text(x + 18, 16, arm.Arm.Letter);
            x += 22 + (arm.Arm.Letter.Length * 8);
        }
    }

    /// <summary>A chart with a row for each arm.</summary>
    private sealed class Rows(List<ArmResult> arms, string title)
    {
        public string Draw(Action<Svg, ArmResult, double> row)
        {
            var svg = new Svg(Width, (arms.Count * RowHeight) + 8, title);
            for (var index = 0; index < arms.Count; index++)
            {
                var y = 6 + (index * RowHeight);
                svg.Text(0, y + 11, arms[index].Arm.Letter, $"b l-{arms[index].Arm.Letter}");
                row(svg, arms[index], y);
            }
            return svg.ToString();
        }
    }
}
