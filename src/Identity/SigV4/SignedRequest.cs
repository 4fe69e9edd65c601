using System.Collections.Immutable;

namespace Sento.Identity.SigV4;

/// <summary>An HTTP request as it came over the wire, nothing decoded or tidied up.</summary>
/// <param name="Method">GET, POST …</param>
/// <param name="Path">The raw path, escapes and all; never empty.</param>
/// <param name="Query">What stands behind the question mark, raw; empty: none.</param>
/// <param name="Headers">
/// Every header line in order of arrival; several lines of one name may also be one entry with commas.
/// </param>
/// <param name="Body">The whole body.</param>
public sealed record SignedRequest(
    string Method, string Path, string Query, ImmutableArray<KeyValuePair<string, string>> Headers,
    ReadOnlyMemory<byte> Body)
{
    /// <returns>The bound that it exceeds; null: none.</returns>
    internal string? Excess()
    {
        if (Path.Length > IdentityLimits.PathCharactersMax)
            return $"The path is longer than {IdentityLimits.PathCharactersMax} characters.";
        if (Query.Length > IdentityLimits.QueryCharactersMax)
            return $"The query string is longer than {IdentityLimits.QueryCharactersMax} characters.";
        if (Headers.Length > IdentityLimits.HeadersMax)
            return $"There are more than {IdentityLimits.HeadersMax} headers.";
        if (Headers.Sum(header => (long)header.Key.Length + header.Value.Length)
            > IdentityLimits.HeaderCharactersMax)
            return $"The headers are longer than {IdentityLimits.HeaderCharactersMax} characters.";
        return Body.Length > IdentityLimits.BodyBytesMax
            ? $"The body is longer than {IdentityLimits.BodyBytesMax} bytes."
            : null;
    }

    /// <summary>The only value of a header; null: absent. Two of them: not single.</summary>
    internal string? Single(string name, out bool isRepeated)
    {
        string? found = null;
        isRepeated = false;
        foreach (var (key, value) in Headers)
        {
            if (!string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                continue;
            isRepeated |= found is not null;
            found ??= value.Trim();
        }
        return found;
    }
}
