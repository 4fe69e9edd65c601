using System.Text.RegularExpressions;

namespace Sento.Tests.Tidy;

/// <summary>The rows of a document that says which tests hold which behaviour.</summary>
internal sealed partial class BehaviourTable
{
    private BehaviourTable(IEnumerable<string> lines) => Rows = [.. lines
        .Where(line => NumberedRow().IsMatch(line))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(cells => new Row(cells[1],
            [.. TestName().Matches(cells[3]).Select(name => name.Groups[1].Value)]))];

    public IReadOnlyList<Row> Rows { get; }

    public static BehaviourTable Of(string document) =>
        new(ProjectFile.All.Single(file => file.Path == $"docs/protocols/{document}").Lines);

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex NumberedRow();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex TestName();

    internal sealed record Row(string Number, IReadOnlyList<string> Tests);
}
