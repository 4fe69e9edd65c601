using System.Collections.Immutable;
using Sento.DataPlane.Metrics;
using Sento.Host.Runtime;

namespace Sento.Host;

/// <summary>Everything wired on one page.</summary>
internal static class Composition
{
    public static IProxyRuntime CreateRuntime(Log log, ProxyMetrics metrics) => new ProxyRuntime(log, metrics);

    /// <summary>The counters, with the names of all reasons for a pin.</summary>
    public static ProxyMetrics CreateMetrics() => new([.. PinNames.All]);
}
