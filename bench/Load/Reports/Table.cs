using System.Text;

namespace Sento.Load.Reports;

/// <summary>
/// A Markdown table that reads well as plain text too: columns padded, all but the first to the right.
/// </summary>
internal sealed class Table(params IReadOnlyList<string> titles)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    public override string ToString()
    {
        int[] widths = [.. titles.Select((title, column) =>
            _rows.Select(row => row[column].Length).Append(title.Length).Max())];
        var text = new StringBuilder();
        Write(text, titles, widths);
        Write(text, [.. widths.Select((width, column) =>
            column == 0 ? new string('-', width) : new string('-', width - 1) + ":")], widths);
        foreach (var row in _rows) Write(text, row, widths);
        return text.ToString();
    }

    private static void Write(StringBuilder text, IReadOnlyList<string> cells, int[] widths)
    {
        var padded = cells.Select((cell, column) =>
            column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
        text.Append("| ").AppendJoin(" | ", padded).Append(" |\n");
    }
}
