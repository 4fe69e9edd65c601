using Sento.Lab.Engines;
using Sento.Lab.Reports.Charts;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>
/// The picture that stands alone: clients and server connections of direct, raised and proxied side by side.
/// </summary>
internal static class ConnectionsPicture
{
    private const int PanelWidth = 310;
    private const int Height = 250;
    private static readonly string[] Shown = ["A", "B", "D"];

    public static string Write(RunResult run, Phrases phrases)
    {
        var arms = Shown
            .Select(letter => run.Arms.FirstOrDefault(arm => arm.Arm.Letter == letter
                && arm is { Round: 0, Fault: null, Moments.Count: > 0 }))
            .OfType<ArmResult>().ToList();
        var title = phrases.Say(
            "picture.title", run.Plan.Environments, EngineTable.NameOf(run.Plan.Engine));
        var width = Math.Max(1, arms.Count) * PanelWidth;
        var svg = new Svg(width, Height, title, " style=\"background: var(--paper)\"");
        svg.Raw($"<style>:root {{ {Palette.Light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ ");
        svg.Raw($"{Palette.Dark} }} }}\n{Palette.Rules}</style>\n");
        svg.Text(16, 28, title, "h");
        var most = arms.Count == 0 ? 1 : arms.Max(arm => (double)Math.Max(arm.ClientsMax, arm.ServersMax));
        for (var index = 0; index < arms.Count; index++)
        {
            var left = index * PanelWidth;
            svg.Text(left + 16, 58, phrases.NameOf(arms[index].Arm), $"b l-{arms[index].Arm.Letter}");
            ConnectionPanel.Draw(
                svg, arms[index], Axis.Until(run.Plan.Phases.Total, left + 46, left + PanelWidth - 14),
                Axis.Holding(most, Height - 38, 92), phrases);
        }
        return svg.ToString();
    }
}
