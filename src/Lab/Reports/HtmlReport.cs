using System.Globalization;
using System.Text;
using Sento.Lab.Engines;
using Sento.Lab.Plan;
using Sento.Lab.Reports.Charts;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>The report: one page that needs no other file, no script and no network.</summary>
internal sealed class HtmlReport(RunResult run, Phrases phrases)
{
    private readonly StringBuilder _text = new();

    public static string Write(RunResult run, Phrases phrases) => new HtmlReport(run, phrases).Write();

    private string Write()
    {
        var title = phrases.Say("title");
        _text.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{phrases.Language}"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Sento lab: {Svg.Plain(title)}</title><style>{PageStyle.Rules}</style></head><body><main>
            <h1>{Svg.Plain(title)}</h1>

            """);
        var invocations = run.Arms.FirstOrDefault(arm => arm.Started > 0)?.Started ?? 0;
        Paragraph(phrases.Say("lead", run.Plan.Environments, invocations, run.Plan.Phases.Total));
        Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.At:yyyy-MM-dd HH:mm} UTC · {run.Machine.Processor}, {run.Machine.Cores} cores, "
            + $"{run.Machine.MemoryBytes / (1 << 30)} GiB · {run.Machine.Database} · "
            + $"sento {run.Machine.Program} · seed {run.Plan.Seed}"), "faint");

        Heading("verdict");
        List(new Verdict(run, phrases).Sentences);
        if (run.Arms.Any(arm => arm is { Round: 0, Fault: null, Moments.Count: > 0 }))
            Charts(new ArmCharts(run, phrases));
        Heading("figures");
        _text.Append(FiguresTable.Write(run, phrases));
        if (Sizing.Of(run) is { } sizing)
            Sizes(sizing);
        Heading("method");
        var (ramp, steady, burst, idle) = run.Plan.Phases;
        var driver = run.Plan.Engine == Engine.Postgres ? "Npgsql" : "MySqlConnector";
        List(
        [
            phrases.Say("method.1", driver, Math.Round(1 / run.Plan.KillShare)),
            phrases.Say($"method.{run.Plan.SignIn.ToString().ToLowerInvariant()}"),
            .. run.Plan.OwnProcesses == 0
                ? Array.Empty<string>()
                : [phrases.Say("method.own", run.Plan.OwnProcesses, run.Plan.LoadProcesses)],
            phrases.Say("method.2", ramp, steady, burst, idle, run.Plan.Deadline.TotalSeconds),
            run.Plan.IsAgainst
                ? phrases.Say("method.against")
                : phrases.Say("method.3", run.Machine.Database, phrases.Say(
                    run.Plan.IsHurried ? "restart.limit" : "restart.each")),
            .. run.Arms.Any(arm => arm.Arm.HasRdsRules) ? [phrases.Say("method.rds")] : Array.Empty<string>(),
            .. run.Plan.Rounds > 1 ? [phrases.Say("method.4")] : Array.Empty<string>(),
        ]);
        return _text.Append("</main></body></html>\n").ToString();
    }

    private void Charts(ArmCharts charts)
    {
        Heading("connections");
        Paragraph(phrases.Say("connections.note"), "faint");
        _text.Append("<div class=\"small\">");
        foreach (var picture in charts.Connections())
            _text.Append(CultureInfo.InvariantCulture, $"<figure>{picture}</figure>");
        _text.Append("</div>\n<div class=\"wide\">");
        Figure("success", charts.Success());
        if (run.Arms.Any(arm => arm.Memory.Count > 0))
        {
            Figure("memory", charts.Memory());
            Figure("memory.connections", charts.MemoryByConnections());
        }
        Figure("errors", charts.Errors() ?? $"<p>{Svg.Plain(phrases.Say("nobody.failed"))}</p>");
        if (charts.Orphans() is { } orphans)
            Figure("orphans", orphans);
        Figure("latency", charts.Latency(), "latency.note");
        _text.Append("</div>\n");
    }

    private void Sizes(Sizing sizing)
    {
        Heading("sizing");
        Paragraph(phrases.Say(
            "sizing.note", sizing.HoldMilliseconds, sizing.PauseSeconds, sizing.EachMegabytes), "faint");
        string[] heads =
            ["size.environments", "size.direct", "size.direct.memory", "size.pool", "size.sento.memory"];
        var rows = sizing.Lines.Select(line => string.Create(
            CultureInfo.InvariantCulture,
            $"<tr><td>{line.Environments:N0}</td><td>{line.DirectLimit:N0}</td><td>"
            + $"{line.DirectMegabytes:N0} MB</td><td>{line.Pool:N0}</td>"
            + $"<td>{line.SentoMegabytes:N0} MB</td></tr>\n"));
        _text.Append("<div class=\"scroll\"><table><thead><tr>")
            .AppendJoin("", heads.Select(head => $"<th>{Svg.Plain(phrases.Say(head))}</th>"))
            .Append("</tr></thead><tbody>").AppendJoin("", rows).Append("</tbody></table></div>\n");
    }

    private void Heading(string key) =>
        _text.Append(CultureInfo.InvariantCulture, $"<h2>{Svg.Plain(phrases.Say(key))}</h2>\n");

    private void Paragraph(string text, string kind = "lead") =>
        _text.Append(CultureInfo.InvariantCulture, $"<p class=\"{kind}\">{Svg.Plain(text)}</p>\n");

    private void List(IEnumerable<string> sentences) => _text.Append("<ul>")
        .AppendJoin("", sentences.Select(sentence => $"<li>{Svg.Plain(sentence)}</li>\n")).Append("</ul>\n");

    private void Figure(string key, string picture, string? note = null)
    {
        var title = Svg.Plain(phrases.Say(key));
        _text.Append(CultureInfo.InvariantCulture, $"<figure><h3>{title}</h3>{picture}");
        if (note is not null)
            Paragraph(phrases.Say(note), "faint");
        _text.Append("</figure>\n");
    }
}
