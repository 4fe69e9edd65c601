using System.Net;
using System.Text;
using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>
/// CPU per transaction relative to PgBouncer as a picture: a row for each workload, and on it for each
/// contender a dot at the median and a line from the least to the most of the rounds.
/// </summary>
internal static class RatioPicture
{
    private const int Width = 760;
    private const int Left = 120;
    private const int Right = 24;
    private const int Top = 74;
    private const int RowHeight = 40;
    private const double RatioMax = 2.0;

    /// <summary>In the order of the legend. Each has a shade for paper and one for the dark.</summary>
    private static readonly (string Contender, string Label, string Light, string Dark)[] Shown =
    [
        ("Sento-uring", "Sento, io_uring", "#0a66c2", "#5cb0ff"),
        ("Sento", "Sento, epoll", "#0f7d5c", "#4fcf9f"),
        ("haproxy", "haproxy (a relay)", "#7a828b", "#9aa5b1"),
        ("Odyssey", "Odyssey", "#a87100", "#e6b450"),
    ];

    public static string Of(ThroughputResults results)
    {
        var height = Top + (results.Workloads.Count * RowHeight) + 34;
        var picture = new StringBuilder();
        Add(picture, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
            + $"viewBox=\"0 0 {Width} {height}\">");
        Add(picture, "<title>CPU per transaction, relative to PgBouncer</title>");
        Add(picture, Style());
        Add(picture, $"<rect class=\"paper\" width=\"{Width}\" height=\"{height}\"/>");
        Add(picture, "<text class=\"head\" x=\"16\" y=\"26\">CPU per transaction, PgBouncer = 1</text>");
        Legend(picture, results);
        var bottom = Top + (results.Workloads.Count * RowHeight);
        for (var tick = 0.0; tick <= RatioMax; tick += 0.25)
        {
            var kind = tick == 1 ? "one" : "grid";
            Add(picture, $"<line class=\"{kind}\" x1=\"{X(tick)}\" y1=\"{Top - 8}\" x2=\"{X(tick)}\" "
                + $"y2=\"{bottom}\"/>");
            Add(picture, $"<text class=\"faint\" text-anchor=\"middle\" x=\"{X(tick)}\" "
                + $"y=\"{bottom + 18}\">{Text.Number(tick, "0.##")}</text>");
        }

        var row = 0;
        foreach (var workload in results.Workloads) Row(picture, results, workload, row++);
        return picture.Append("</svg>\n").ToString();
    }

    private static void Row(StringBuilder picture, ThroughputResults results, Workload workload, int row)
    {
        var middle = Top + (row * RowHeight) + (RowHeight / 2);
        Add(picture, $"<text class=\"ink\" text-anchor=\"end\" x=\"{Left - 14}\" y=\"{middle + 4}\">"
            + $"{WebUtility.HtmlEncode(workload.Name)}</text>");
        for (var index = 0; index < Shown.Length; index++)
        {
            var ratio = results.Ratio(workload, Shown[index].Contender, ThroughputReport.Yardstick,
                sample => sample.CpuMicroseconds);
            if (ratio is null) continue;
            var y = middle - 12 + (index * 8);
            Add(picture, $"<line class=\"s{index}\" x1=\"{X(ratio.Least)}\" y1=\"{y}\" "
                + $"x2=\"{X(ratio.Most)}\" y2=\"{y}\"/>");
            Add(picture, $"<circle class=\"f{index}\" cx=\"{X(ratio.Median)}\" cy=\"{y}\" r=\"3.5\">"
                + $"<title>{WebUtility.HtmlEncode(Text.Ratio(ratio))}</title></circle>");
        }
    }

    private static void Legend(StringBuilder picture, ThroughputResults results)
    {
        var x = 20;
        for (var index = 0; index < Shown.Length; index++)
        {
            if (!results.Contenders.Contains(Shown[index].Contender)) continue;
            Add(picture, $"<circle class=\"f{index}\" cx=\"{x}\" cy=\"46\" r=\"4\"/>");
            Add(picture, $"<text class=\"faint\" x=\"{x + 9}\" y=\"50\">{Shown[index].Label}</text>");
            x += 150;
        }
    }

    private static string Style()
    {
        var light = string.Concat(Shown.Select((one, index) => $" --c{index}: {one.Light};"));
        var dark = string.Concat(Shown.Select((one, index) => $" --c{index}: {one.Dark};"));
        var rules = string.Concat(Shown.Select((_, index) => $".s{index} {{ stroke: var(--c{index}); "
            + $"stroke-width: 2; }} .f{index} {{ fill: var(--c{index}); }}\n"));
        return $$"""
            <style>:root { --paper: #ffffff; --ink: #1c2128; --faint: #59636e; --grid: #e3e7eb;{{light}} }
            @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e4e9ee; --faint: #9aa5b1;
            --grid: #2b323a;{{dark}} } }
            text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; }
            .paper { fill: var(--paper); } .ink { fill: var(--ink); } .faint { fill: var(--faint); }
            .head { fill: var(--ink); font-size: 16px; font-weight: 650; }
            .grid { stroke: var(--grid); } .one { stroke: var(--ink); stroke-dasharray: 4 3; }
            {{rules}}</style>
            """;
    }

    /// <summary>What lies beyond the edge is drawn at it; the tables have the figure.</summary>
    private static string X(double ratio) => Text.Number(
        Left + (Math.Clamp(ratio, 0, RatioMax) / RatioMax * (Width - Left - Right)), "0.#");

    private static void Add(StringBuilder picture, string line) => picture.Append(line).Append('\n');
}
