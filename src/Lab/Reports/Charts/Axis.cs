using System.Globalization;

namespace Sento.Lab.Reports.Charts;

/// <summary>Maps values to places on the page, evenly or by their logarithms.</summary>
internal sealed record Axis(double Least, double Most, double From, double To, bool IsLogarithmic = false)
{
    private const int TicksMax = 5;

    public double Place(double value)
    {
        var share = IsLogarithmic
            ? Math.Log(Math.Max(value, Least) / Least) / Math.Log(Most / Least)
            : (value - Least) / (Most - Least);
        return From + (Math.Clamp(share, 0, 1) * (To - From));
    }

    /// <summary>An axis from zero that ends exactly there.</summary>
    public static Axis Until(double end, double from, double to) => new(0, end, from, to);

    /// <summary>An axis from zero, or from a power of ten, to a round number that holds the value.</summary>
    public static Axis Holding(double most, double from, double to) =>
        new(0, RoundUp(Math.Max(most, 1)), from, to);

    public static Axis HoldingLogarithms(double least, double most, double from, double to) => new(
        Math.Pow(10, Math.Floor(Math.Log10(Math.Max(least, 0.1)))),
        Math.Pow(10, Math.Ceiling(Math.Log10(Math.Max(most, 1)) + 1e-9)), from, to, IsLogarithmic: true);

    public IEnumerable<double> Ticks()
    {
        if (IsLogarithmic)
        {
            for (var tick = Least; tick <= Most * 1.001; tick *= 10)
                yield return tick;
            yield break;
        }
        var step = RoundUp((Most - Least) / TicksMax);
        for (var tick = Least; tick <= Most * 1.001; tick += step)
            yield return tick;
    }

    /// <summary>A number as short as it can be said.</summary>
    public static string Text(double value) => value switch
    {
        >= 10_000 => (value / 1_000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static double RoundUp(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (var factor in (double[])[1, 2, 2.5, 3, 4, 5, 6, 8, 10])
        {
            if (factor * power >= value * 0.9999)
                return factor * power;
        }
        return 10 * power;
    }
}
