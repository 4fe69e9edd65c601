using System.Globalization;
using System.Text;
using Sento.Lab.Reports.Charts;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>
/// All figures of all arms and rounds, in two tables: what callers got, and what it took. An arm that did not
/// run has its row and says why.
/// </summary>
internal static class FiguresTable
{
    private const double Megabyte = 1 << 20;

    private static readonly Column[] Got =
    [
        new("column.ok", arm => Text($"{arm.Succeeded:N0} / {arm.Started:N0}")),
        new("column.errors", Errors),
        new("column.rate", arm => Text($"{arm.SuccessesPerSecond:N0}")),
        new("column.p50", arm => Text($"{arm.Latency.P50:N1}")),
        new("column.p95", arm => Text($"{arm.Latency.P95:N1}")),
        new("column.p99", arm => Text($"{arm.Latency.P99:N1}")),
        new("column.p999", arm => Text($"{arm.Latency.P999:N1}")),
        new("column.connect", arm =>
            arm.Connect.Count == 0 ? "–" : Text($"{arm.Connect.P50:N1} / {arm.Connect.P99:N1}")),
        new("column.burst", arm => Text($"{arm.BurstSeconds:0.0} s")),
        new("column.recovery", arm =>
            arm.RecoverySeconds is { } recovery ? Text($"{recovery:0.0} s") : "∞"),
    ];

    private static readonly Column[] Took =
    [
        new("column.clients", arm => Text($"{arm.ClientsMax:N0}")),
        new("column.servers", arm => Text($"{arm.ServersMax:N0}")),
        new("column.memory", arm =>
            arm.Memory.Count == 0 ? "–" : Text($"{arm.MemoryMax / Megabyte:N0} MB")),
        // Somebody's server: its processes were not seen.
        new("column.cpu", arm => arm.Memory.Count == 0 ? "–" : Text($"{arm.DatabaseCpuSeconds:0.0} s")),
        new("column.cpu.proxy", arm => arm.ProxyCpuSeconds is { } proxy ? Text($"{proxy:0.0} s") : "–"),
        new("column.memory.proxy", arm =>
            arm.ProxyBytes is { } bytes ? Text($"{bytes / Megabyte:N0} MB") : "–"),
        new("column.few", arm => arm.FewClients.Count == 0 ? "–" : Text($"{arm.FewClients.P50:N2}")),
        new("column.orphans", arm => arm.Orphans is { } orphans ? Text($"{orphans.Statements:N0}") : "–"),
        new("column.counted", arm => arm.Counters is { } counters ? Text($"{counters.Hits:N0}") : "–"),
    ];

    public static string Write(RunResult run, Phrases phrases) =>
        Write(run, phrases, Got) + Write(run, phrases, Took);

    private static string Write(RunResult run, Phrases phrases, Column[] columns)
    {
        var heads = columns.Select(column => column.Head).Prepend("column.arm")
            .Select(key => phrases.Say(key));
        var text = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        text.AppendJoin("", heads.Select(head => $"<th>{Svg.Plain(head)}</th>"))
            .Append("</tr></thead><tbody>\n");
        // The rounds of an arm beside each other: what another seed changes is seen at once.
        foreach (var arm in run.Arms.GroupBy(arm => arm.Arm.Letter).SelectMany(rounds => rounds))
        {
            var round = run.Plan.Rounds > 1 ? $" ({arm.Round + 1})" : "";
            var name = Svg.Plain($"{phrases.NameOf(arm.Arm)}{round}");
            text.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td><b class=\"l-{arm.Arm.Letter}\">{arm.Arm.Letter}</b> {name}</td>");
            if (arm.Fault is { } fault)
            {
                var why = Svg.Plain(phrases.Say("fault", fault));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"<td colspan=\"{columns.Length}\" class=\"fault\">{why}</td>");
            }
            else
                text.AppendJoin("", columns.Select(column => $"<td>{column.Cell(arm)}</td>"));
            text.Append("</tr>\n");
        }
        return text.Append("</tbody></table></div>\n").ToString();
    }

    private static string Errors(ArmResult arm) => arm.Errors.Count == 0
        ? "0"
        : string.Join("<br>", arm.Errors.Select(error =>
            Svg.Plain(Text($"{error.Class} {error.Count:N0} ({error.FirstSeconds:0.0} s)"))));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="Head">The key of its phrase.</param>
    /// <param name="Cell">As HTML.</param>
    private sealed record Column(string Head, Func<ArmResult, string> Cell);
}
