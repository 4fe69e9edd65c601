using System.Globalization;

namespace Sento.Tests.Support;

/// <summary>One reading of a /metrics page in Prometheus's text format: series and their values.</summary>
public sealed class MetricsPage
{
    private readonly List<(string Name, string Labels, double Value)> _series = [];

    private MetricsPage()
    {
    }

    public static MetricsPage Read(string text)
    {
        var page = new MetricsPage();
        foreach (var line in text.Split('\n'))
        {
            if (line.Length > 0 && line[0] != '#')
                page.AddSeries(line);
        }
        return page;
    }

    public bool Has(string name) => _series.Exists(s => s.Name == name);

    /// <summary>
    /// The sum over all series of this name whose labels contain the text; 0 when there is none.
    /// </summary>
    public double Sum(string name, string labels = "") =>
        _series
            .Where(s => s.Name == name && s.Labels.Contains(labels, StringComparison.Ordinal))
            .Sum(s => s.Value);

    /// <summary>Every series of this name by its labels.</summary>
    public IReadOnlyDictionary<string, double> ByLabels(string name) =>
        _series.Where(s => s.Name == name).ToDictionary(s => s.Labels, s => s.Value);

    private void AddSeries(string line)
    {
        // NAME{LABELS} VALUE [TIME]; label values may hold blanks and braces, so the last brace ends them.
        var open = line.IndexOf('{', StringComparison.Ordinal);
        var close = line.LastIndexOf('}');
        var nameEnd = open >= 0 ? open : line.IndexOf(' ', StringComparison.Ordinal);
        var labels = open >= 0 ? line[(open + 1)..close] : "";
        var rest = line[((open >= 0 ? close : nameEnd) + 1)..].Trim().Split(' ');
        _series.Add((line[..nameEnd], labels, double.Parse(rest[0], CultureInfo.InvariantCulture)));
    }
}
