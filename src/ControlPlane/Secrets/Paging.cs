using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Secrets;

/// <summary>MaxResults and NextToken: the token says how many were shown already. Pure.</summary>
internal static class Paging
{
    private const string Mark = "sento-page:";

    public static IReadOnlyList<T> Take<T>(
        Parameters input, IReadOnlyList<T> all, int resultsMax, int resultsDefault, out string? nextToken)
    {
        var count = (int)(input.Integer("MaxResults", 1, resultsMax) ?? resultsDefault);
        var start = input.Text("NextToken", 1, 4096) is { } token ? Read(token) : 0;
        var end = Math.Min(all.Count, start + count);
        nextToken = end < all.Count ? Write(end) : null;
        return [.. all.Skip(start).Take(count)];
    }

    private static string Write(int start) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(Mark + start.ToString(CultureInfo.InvariantCulture)));

    private static int Read(string token)
    {
        if (Base64.IsValid(token))
        {
            var text = Encoding.ASCII.GetString(Convert.FromBase64String(token));
            if (text.StartsWith(Mark, StringComparison.Ordinal)
                && int.TryParse(
                    text.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var start))
                return start;
        }
        throw new ApiFault("InvalidNextTokenException", "The NextToken value is invalid.");
    }
}
