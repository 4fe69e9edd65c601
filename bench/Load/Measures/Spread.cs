namespace Sento.Load.Measures;

/// <summary>The middle and the ends of some values.</summary>
internal sealed record Spread(double Median, double Least, double Most)
{
    /// <summary>Null when there are no values; missing ones are left out.</summary>
    public static Spread? Of(IEnumerable<double?> values)
    {
        double[] sorted = [.. values.OfType<double>().Order()];
        if (sorted.Length == 0) return null;
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
