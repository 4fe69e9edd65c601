using System.Globalization;
using System.Text;
using Sento.Lab.Reports.Charts;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>All figures of all arms and rounds; an arm that did not run has its row and says why.</summary>
internal static class FiguresTable
{
    private const double Megabyte = 1 << 20;

    public static string Write(RunResult run, Phrases phrases)
    {
        string[] heads =
        [
            phrases.Say("column.arm"), phrases.Say("column.ok"), phrases.Say("column.errors"),
            phrases.Say("column.rate"), "p50 ms", "p95", "p99", "p99.9", phrases.Say("column.connect"),
            phrases.Say("column.servers"), phrases.Say("column.memory"), phrases.Say("column.cpu"),
            phrases.Say("column.burst"), phrases.Say("column.recovery"), phrases.Say("column.orphans"),
            phrases.Say("column.counted"),
        ];
        var text = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        text.AppendJoin("", heads.Select(head => $"<th>{Svg.Plain(head)}</th>"))
            .Append("</tr></thead><tbody>\n");
        foreach (var arm in run.Arms)
        {
            var round = run.Plan.Rounds > 1 ? $" ({arm.Round + 1})" : "";
            var name = Svg.Plain($"{phrases.NameOf(arm.Arm)}{round}");
            text.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td><b class=\"l-{ArmCharts.Kind(arm)}\">{arm.Arm.Letter}</b> {name}</td>");
            if (arm.Fault is { } fault)
            {
                var why = Svg.Plain(phrases.Say("fault", fault));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"<td colspan=\"{heads.Length - 1}\" class=\"fault\">{why}</td></tr>\n");
                continue;
            }
            text.AppendJoin("", Cells(arm).Select(cell => $"<td>{Svg.Plain(cell)}</td>")).Append("</tr>\n");
        }
        return text.Append("</tbody></table></div>\n").ToString();
    }

    private static IEnumerable<string> Cells(ArmResult arm) =>
    [
        Text($"{arm.Succeeded:N0} / {arm.Started:N0}"),
        arm.Errors.Count == 0 ? "0" : string.Join(", ", arm.Errors.Select(error =>
            Text($"{error.Class} {error.Count:N0} ({error.FirstSeconds:0.0} s)"))),
        Text($"{arm.SuccessesPerSecond:N0}"), Text($"{arm.Latency.P50:N1}"), Text($"{arm.Latency.P95:N1}"),
        Text($"{arm.Latency.P99:N1}"), Text($"{arm.Latency.P999:N1}"),
        arm.Connect.Count == 0 ? "–" : Text($"{arm.Connect.P50:N1} / {arm.Connect.P99:N1}"),
        Text($"{arm.ServersMax:N0}"),
        arm.Memory.Count == 0 ? "–" : Text($"{arm.MemoryMax / Megabyte:N0} MB"),
        // Somebody's server: its processes were not seen.
        (arm.Memory.Count == 0 ? "–" : Text($"{arm.DatabaseCpuSeconds:0.0} s"))
            + (arm.ProxyCpuSeconds is { } proxy ? Text($" / {proxy:0.0} s") : ""),
        Text($"{arm.BurstSeconds:0.0} s"),
        arm.RecoverySeconds is { } recovery ? Text($"{recovery:0.0} s") : "∞",
        arm.Orphans is { } orphans ? Text($"{orphans.Statements:N0}") : "–",
        arm.Counters is { } counters ? Text($"{counters.Hits:N0}") : "–",
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
