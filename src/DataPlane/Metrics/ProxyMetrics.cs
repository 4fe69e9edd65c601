using System.Collections.Immutable;
using Sento.Base;

namespace Sento.DataPlane.Metrics;

/// <summary>
/// All counters of the process. Loops ask for theirs once and then only count; readers add them up.
/// </summary>
/// <param name="pinReasons">
/// Names of the reasons why a session is pinned, in the order of their numbers.
/// </param>
public sealed class ProxyMetrics(ImmutableArray<string> pinReasons)
{
    private static readonly ImmutableArray<string> EndReasons = [.. Enum.GetNames<EndReason>()];

    private readonly Lock _gate = new();
    private ImmutableArray<EndpointCounters> _endpoints = [];
    private ImmutableArray<TargetCounters> _targets = [];

    /// <summary>Configurations applied and refused since the start; the control path counts them.</summary>
    public long ReloadsApplied;
    public long ReloadsRefused;

    /// <summary>
    /// A new set of counters for one loop at one endpoint. Any thread; not in the hot path.
    /// </summary>
    public EndpointCounters AddEndpoint(string proxy, string endpoint)
    {
        var counters = new EndpointCounters(proxy, endpoint, pinReasons.Length);
        lock (_gate)
            _endpoints = _endpoints.Add(counters);
        return counters;
    }

    /// <summary>A new set of counters for one loop at one target. Any thread; not in the hot path.</summary>
    public TargetCounters AddTarget(string proxy, string targetGroup, string target)
    {
        var counters = new TargetCounters(proxy, targetGroup, target);
        lock (_gate)
            _targets = _targets.Add(counters);
        return counters;
    }

    /// <summary>The endpoint is gone: its series end.</summary>
    public void Remove(EndpointCounters counters)
    {
        lock (_gate)
            _endpoints = _endpoints.Remove(counters);
    }

    public void Remove(TargetCounters counters)
    {
        lock (_gate)
            _targets = _targets.Remove(counters);
    }

    /// <summary>All numbers in the Prometheus text format, version 0.0.4.</summary>
    public string ToPrometheus(Log log)
    {
        var text = new PrometheusText();
        ImmutableArray<EndpointCounters> endpoints;
        ImmutableArray<TargetCounters> targets;
        lock (_gate)
        {
            endpoints = _endpoints;
            targets = _targets;
        }
        WriteEndpoints(
            text, [.. endpoints.GroupBy(c => (c.Proxy, c.Endpoint)).OrderBy(g => g.Key).Select(Series)]);
        WriteTargets(
            text,
            [.. targets.GroupBy(c => (c.Proxy, c.TargetGroup, c.Target)).OrderBy(g => g.Key).Select(Series)]);
        text.Single("ConfigurationReloadsApplied", "counter", "Configurations applied since the start.",
            Volatile.Read(ref ReloadsApplied));
        text.Single("ConfigurationReloadsRefused", "counter", "Configurations refused since the start.",
            Volatile.Read(ref ReloadsRefused));
        text.Single(
            "LogLinesDropped", "counter", "Log lines lost since their reader was too slow.",
            log.LinesDropped);
        ProcessMetrics.Write(text);
        return text.ToString();
    }

    private static Series<EndpointCounters> Series(
        IGrouping<(string Proxy, string Endpoint), EndpointCounters> group) =>
        new($"proxy=\"{PrometheusText.Escape(group.Key.Proxy)}\","
            + $"endpoint=\"{PrometheusText.Escape(group.Key.Endpoint)}\"", [.. group]);

    private static Series<TargetCounters> Series(
        IGrouping<(string Proxy, string TargetGroup, string Target), TargetCounters> group) =>
        new($"proxy=\"{PrometheusText.Escape(group.Key.Proxy)}\","
            + $"target_group=\"{PrometheusText.Escape(group.Key.TargetGroup)}\","
            + $"target=\"{PrometheusText.Escape(group.Key.Target)}\"", [.. group]);

    private void WriteEndpoints(PrometheusText text, ImmutableArray<Series<EndpointCounters>> series)
    {
        foreach (var metric in MetricTable.Endpoint)
            text.Numbers(metric, series);
        foreach (var metric in MetricTable.EndpointByPinReason)
            text.Array(metric, pinReasons, series);
        text.Array(MetricTable.ClientEnds, EndReasons, series);
        foreach (var metric in MetricTable.EndpointHistograms)
            text.Histogram(metric, series);
        foreach (var metric in MetricTable.EndpointLatencies)
            text.Latency(metric, series);
    }

    private static void WriteTargets(PrometheusText text, ImmutableArray<Series<TargetCounters>> series)
    {
        foreach (var metric in MetricTable.Target)
            text.Numbers(metric, series);
        text.Array(MetricTable.ServerEnds, EndReasons, series);
        text.Histogram(MetricTable.ConnectTime, series);
    }
}

/// <summary>The counters of all loops that share one set of labels.</summary>
internal sealed record Series<T>(string Labels, ImmutableArray<T> Parts);
