using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Sento.DataPlane.Metrics;

/// <summary>Writes the Prometheus text exposition format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    private const double MicrosecondsPerSecond = 1_000_000;
    private static readonly string[] Bounds =
        [.. WaitHistogram.UpperMicroseconds.Select(bound => Number(bound / MicrosecondsPerSecond)), "+Inf"];

    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>
    /// CloudWatch's spelling in Prometheus's: ClientConnectionsNoTLS is client_connections_no_tls.
    /// </summary>
    public static string SnakeCase(string name)
    {
        var snake = new StringBuilder("sento");
        for (var i = 0; i < name.Length; i++)
        {
            // A capital starts a word after a small letter, or before one at the end of an acronym.
            var isStart = char.IsUpper(name[i])
                && (i == 0 || char.IsLower(name[i - 1]) || name.AsSpan(i + 1) is [>= 'a' and <= 'z', ..]);
            if (isStart)
                snake.Append('_');
            snake.Append(char.ToLowerInvariant(name[i]));
        }
        return snake.ToString();
    }

    /// <summary>Escapes a label's value.</summary>
    public static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    public void Single(string name, string type, string help, double value)
    {
        var full = Head(name, type, help);
        Line(full, "", Number(value));
    }

    public void Numbers<T>(Metric<T> metric, ImmutableArray<Series<T>> series)
    {
        if (series.IsEmpty)
            return;
        var full = Head(metric.Name, TypeOf(metric.Kind), metric.Help);
        foreach (var one in series)
        {
            var value =
                metric.Kind == MetricKind.Highest ? one.Parts.Max(metric.Read) : one.Parts.Sum(metric.Read);
            Line(full, one.Labels, Number(value));
        }
    }

    /// <summary>
    /// Elements that were always zero are left out: there are many reasons and few of them occur.
    /// </summary>
    public void Array<T>(
        MetricArray<T> metric, ImmutableArray<string> names, ImmutableArray<Series<T>> series)
    {
        if (series.IsEmpty)
            return;
        var full = Head(metric.Name, TypeOf(metric.Kind), metric.Help);
        foreach (var one in series)
        {
            for (var i = 0; i < names.Length; i++)
            {
                var value = one.Parts.Sum(part => Volatile.Read(ref metric.Read(part)[i]));
                if (value != 0)
                    Line(full, $"{one.Labels},{metric.Label}=\"{Escape(names[i])}\"", Number(value));
            }
        }
    }

    public void Histogram<T>(MetricHistogram<T> metric, ImmutableArray<Series<T>> series)
    {
        if (series.IsEmpty)
            return;
        var full = Head(metric.Name + "Seconds", "histogram", metric.Help);
        foreach (var one in series)
        {
            var counts = new long[Bounds.Length];
            foreach (var part in one.Parts)
                metric.Read(part).AddTo(counts);
            long total = 0;
            for (var bucket = 0; bucket < counts.Length; bucket++)
            {
                total += counts[bucket];
                Line(full + "_bucket", $"{one.Labels},le=\"{Bounds[bucket]}\"", Number(total));
            }
            var sum = one.Parts.Sum(part => metric.Read(part).SumMicroseconds);
            Line(full + "_sum", one.Labels, Number(sum / MicrosecondsPerSecond));
            Line(full + "_count", one.Labels, Number(total));
        }
    }

    public void Latency<T>(MetricLatency<T> metric, ImmutableArray<Series<T>> series)
    {
        if (series.IsEmpty)
            return;
        var full = Head(metric.Name + "Seconds", "summary", metric.Help);
        foreach (var one in series)
        {
            var sum = one.Parts.Sum(part => metric.Read(part).Microseconds);
            Line(full + "_sum", one.Labels, Number(sum / MicrosecondsPerSecond));
            Line(full + "_count", one.Labels, Number(one.Parts.Sum(part => metric.Read(part).Count)));
        }
    }

    public override string ToString() => _text.ToString();

    private static string TypeOf(MetricKind kind) => kind == MetricKind.Counter ? "counter" : "gauge";

    private static string Number(double value) =>
        value.ToString("0.##########", CultureInfo.InvariantCulture);

    private string Head(string name, string type, string help)
    {
        var full = SnakeCase(name) + (type == "counter" ? "_total" : "");
        _text.Append("# HELP ").Append(full).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(full).Append(' ').Append(type).Append('\n');
        return full;
    }

    private void Line(string name, string labels, string value)
    {
        _text.Append(name);
        if (labels.Length > 0)
            _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(value).Append('\n');
    }
}
