using System.Globalization;

namespace Sento.Model;

/// <summary>
/// Durations as people write them: 30s, 5m, 1h, 250ms, 7d; a bare number is seconds, as in RDS.
/// </summary>
public static class DurationText
{
    private static readonly (string Suffix, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz");
        var suffix = text.AsSpan(digits.Length);
        long unit = 0;
        if (suffix.IsEmpty)
            unit = 1000;
        foreach (var (name, milliseconds) in Units)
        {
            if (suffix.SequenceEqual(name))
                unit = milliseconds;
        }
        if (unit == 0
            || !long.TryParse(
                digits.TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > TimeSpan.MaxValue.TotalMilliseconds / unit)
        {
            return false;
        }
        duration = TimeSpan.FromMilliseconds(count * unit);
        return true;
    }

    /// <summary>In the largest unit that needs no fraction.</summary>
    public static string Show(TimeSpan duration)
    {
        var milliseconds = (long)duration.TotalMilliseconds;
        if (milliseconds == 0)
            return "0";
        var (suffix, unit) = Units.Last(unit => milliseconds % unit.Milliseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / unit}{suffix}");
    }
}
