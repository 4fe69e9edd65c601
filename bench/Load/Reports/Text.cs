using System.Globalization;
using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>How numbers look in reports.</summary>
internal static class Text
{
    public const string Missing = "–";

    public static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;

    /// <summary>"0.93 [0.91–0.97]": the median, then the least and the most.</summary>
    public static string Ratio(Spread? ratio) => ratio is null
        ? Missing
        : $"{Number(ratio.Median, "0.00")} [{Number(ratio.Least, "0.00")}–{Number(ratio.Most, "0.00")}]";

    public static string Percent(double share) => Number(share * 100, "0") + " %";
}
