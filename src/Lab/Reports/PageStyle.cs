using Sento.Lab.Reports.Charts;

namespace Sento.Lab.Reports;

/// <summary>
/// What the report looks like: on wide and narrow screens, by daylight and by night, on paper.
/// </summary>
internal static class PageStyle
{
    public static string Rules => $$"""

        :root { color-scheme: light dark; {{Palette.Light}} }
        @media (prefers-color-scheme: dark) { :root { {{Palette.Dark}} } }
        @media print { :root { {{Palette.Light}} } figure, tr, li { break-inside: avoid; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
          font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans CJK JP", sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }
        h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; }
        h3 { font-size: .95rem; margin: 0 0 .6rem; }
        p { margin: .3rem 0; } .faint { color: var(--faint); font-size: .88rem; }
        ul { padding-left: 1.2rem; margin: .3rem 0; max-width: 52rem; } li { margin: .35rem 0; }
        figure { margin: 0; padding: 10px; background: var(--card); border-radius: 8px; min-width: 0; }
        svg { display: block; width: 100%; height: auto; }
        .small { display: grid; gap: 12px; margin-top: .6rem;
          grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); }
        .wide { display: grid; gap: 12px; margin-top: 12px;
          grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr)); }
        .scroll { overflow-x: auto; margin-top: .6rem; }
        table { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: 5px 9px; border-bottom: 1px solid var(--grid);
          vertical-align: top; white-space: nowrap; word-break: keep-all; }
        th { color: var(--faint); font-weight: 600; white-space: normal; vertical-align: bottom; }
        th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
          background: var(--paper); }
        td:first-child { white-space: normal; min-width: 6.5rem; }
        td.fault { text-align: left; white-space: normal; color: var(--badtext); }
        b[class] { color: inherit; }
        @media (max-width: 480px) { th, td { padding: 4px 5px; font-size: .78rem; }
          td:first-child { min-width: 5.5rem; } }
        @media print { table { font-size: .62rem; } th, td { padding: 3px 4px; white-space: normal; } }
        {{Palette.Rules}}
        """;
}
