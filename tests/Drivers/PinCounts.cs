using System.Globalization;
using Sento.Tests.Support;

namespace Sento.Tests.Drivers;

/// <summary>How often sessions were pinned so far, by reason.</summary>
public sealed class PinCounts
{
    private readonly IReadOnlyDictionary<string, double> _byLabels;

    private PinCounts(IReadOnlyDictionary<string, double> byLabels) => _byLabels = byLabels;

    public static async Task<PinCounts> Read(SentoProcess proxy) =>
        new((await proxy.Metrics()).ByLabels("sento_pins_total"));

    public double Since(PinCounts earlier) =>
        _byLabels.Sum(p => p.Value - earlier._byLabels.GetValueOrDefault(p.Key));

    /// <summary>The reasons that occurred since, with their counts; empty when there was none.</summary>
    public string SinceText(PinCounts earlier) => string.Join("; ", _byLabels
        .Select(p => (p.Key, Count: p.Value - earlier._byLabels.GetValueOrDefault(p.Key)))
        .Where(p => p.Count > 0)
        .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Count} × {p.Key}")));
}
