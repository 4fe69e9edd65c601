using Sento.Lab.Results;

namespace Sento.Lab.Reports.Charts;

/// <summary>Clients as an area and server connections as a line, over the seconds of one arm.</summary>
internal static class ConnectionPanel
{
    public static void Draw(Svg svg, ArmResult arm, Axis across, Axis up, Phrases phrases)
    {
        svg.Frame(across, up, phrases.Say("unit.seconds"), "");
        var shown = arm.Moments
            .Where(moment => moment.Seconds >= 0 && moment.Seconds <= across.Most).ToList();
        svg.Path(
            shown.Select(moment => (across.Place(moment.Seconds), up.Place(moment.Clients))), "area",
            up.From);
        svg.Path(
            shown.Select(moment => (across.Place(moment.Seconds), up.Place(moment.Servers))), "line servers");
        if (arm.EventSeconds is { } at)
            svg.Line(across.Place(at), up.From, across.Place(at), up.To, "event");
        var text = arm.Failed == 0
            ? phrases.Say("none.failed")
            : phrases.Say("failed.share", 100.0 * arm.Failed / arm.Started);
        svg.Text(across.From + 2, up.To - 8, text, arm.Failed == 0 ? "t goodtext" : "t badtext");
        svg.Text(
            across.To, up.To - 8, $"{phrases.Say("servers")}: {arm.ServersMax}", "t servertext", "end");
    }
}
