using System.Globalization;

namespace Sento.Identity.SigV4;

/// <summary>The basic ISO 8601 form of X-Amz-Date: <c>20150830T123600Z</c>.</summary>
internal static class AmzDate
{
    private const string Format = "yyyyMMdd'T'HHmmss'Z'";

    public static bool TryParse(string text, out DateTimeOffset date) => DateTimeOffset.TryParseExact(
        text, Format, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out date);

    public static string Show(DateTimeOffset date) =>
        date.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);
}
