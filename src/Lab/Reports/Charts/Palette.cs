namespace Sento.Lab.Reports.Charts;

/// <summary>What the classes of the pictures look like, by daylight and by night.</summary>
internal static class Palette
{
    private static readonly (string Arm, string Light, string Dark)[] Arms =
    [
        ("A", "#c8431a", "#f08a5d"), ("B", "#a87100", "#e6b450"), ("C4", "#cc6fb4", "#f0bfe2"),
        ("C16", "#a8438f", "#dd8fca"), ("C64", "#741f5f", "#c45fab"),
        ("D", "#0a66c2", "#5cb0ff"), ("DS", "#3f8fa8", "#86d3ea"), ("DT", "#3f8fa8", "#86d3ea"),
        ("E", "#0f7d5c", "#4fcf9f"),
        ("F", "#6a55c4", "#ad9cff"), ("FS", "#9a80d8", "#cdbfff"), ("G", "#666666", "#b5b5b5"),
    ];

    /// <summary>Rules for pictures; colours of arms among them.</summary>
    public static string Rules => string.Concat(
        """
        text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans CJK JP", sans-serif; }
        .t { fill: var(--ink); } .n { fill: var(--faint); font-size: 11px; }
        .b { font-weight: 700; } .h { fill: var(--ink); font-size: 17px; font-weight: 650; }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .dot { fill-opacity: .75; }
        .area { fill: var(--area); }
        .event { stroke: var(--badtext); stroke-width: 1.5; stroke-dasharray: 4 3; }
        .servers { stroke: var(--servers); } .servertext { fill: var(--servers); }
        .good { fill: var(--good); } .bad { fill: var(--bad); }
        .goodtext { fill: var(--goodtext); } .badtext { fill: var(--badtext); font-weight: 600; }

        """,
        string.Concat(Arms.Select(arm =>
            $".s-{arm.Arm} {{ stroke: var(--{arm.Arm}); }} .f-{arm.Arm}, .l-{arm.Arm} "
            + $"{{ fill: var(--{arm.Arm}); }}\n")));

    public static string Light => """
        --paper: #ffffff; --ink: #1c2128; --faint: #59636e; --grid: #e3e7eb; --area: #c9d6e6;
        --servers: #0a66c2; --good: #7fbf9b; --bad: #d9694a; --goodtext: #14713f; --badtext: #b3361a;
        --card: #f6f8fa;
        """ + string.Concat(Arms.Select(arm => $" --{arm.Arm}: {arm.Light};"));

    public static string Dark => """
        --paper: #14181d; --ink: #e4e9ee; --faint: #9aa5b1; --grid: #2b323a; --area: #34465c;
        --servers: #5cb0ff; --good: #3f8f67; --bad: #c25a3e; --goodtext: #63cf95; --badtext: #ff8f70;
        --card: #1b2027;
        """ + string.Concat(Arms.Select(arm => $" --{arm.Arm}: {arm.Dark};"));
}
