using System.Collections.Immutable;
using System.Text;

namespace Sento.Identity.SigV4;

/// <summary>The one text that client and server both make of a request, to sign and to check.</summary>
/// <remarks>AWS Signature Version 4, Create a canonical request.</remarks>
internal static class CanonicalRequest
{
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static string Of(
        string method, string canonicalPath, string canonicalQuery,
        IEnumerable<KeyValuePair<string, string>> canonicalHeaders, string signedHeaders, string payloadHash)
    {
        var text = new StringBuilder(512);
        text.Append(method).Append('\n').Append(canonicalPath).Append('\n').Append(canonicalQuery).Append(
            '\n');
        foreach (var (name, value) in canonicalHeaders)
            text.Append(name).Append(':').Append(value).Append('\n');
        return text.Append('\n').Append(signedHeaders).Append('\n').Append(payloadHash).ToString();
    }

    /// <summary>
    /// Without dot segments and doubled slashes, then encoded as it stands: escapes once more.
    /// </summary>
    public static string Path(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment == "..")
            {
                if (segments.Count > 0)
                    segments.RemoveAt(segments.Count - 1);
            }
            else if (segment.Length > 0 && segment != ".")
            {
                segments.Add(segment);
            }
        }
        var isFolder = segments.Count > 0
            && (path.EndsWith('/') || path.EndsWith("/.", StringComparison.Ordinal)
                || path.EndsWith("/..", StringComparison.Ordinal));
        var encoded = new StringBuilder(path.Length + 16);
        PercentCoding.Encode(
            encoded, "/" + string.Join('/', segments) + (isFolder ? "/" : ""), keepsSlash: true);
        return encoded.ToString();
    }

    /// <summary>Sorted by encoded name, then value.</summary>
    public static string Query(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var encoded = parameters
            .Select(p => (Name: PercentCoding.Encode(p.Key), Value: PercentCoding.Encode(p.Value)))
            .ToArray();
        Array.Sort(encoded, static (a, b) =>
        {
            var byName = string.CompareOrdinal(a.Name, b.Name);
            return byName != 0 ? byName : string.CompareOrdinal(a.Value, b.Value);
        });
        return string.Join('&', encoded.Select(p => $"{p.Name}={p.Value}"));
    }

    /// <summary>As above, of a presigned request: the signature itself can't be signed.</summary>
    public static string PresignedQuery(IEnumerable<KeyValuePair<string, string>> parameters) =>
        Query(parameters.Where(parameter => parameter.Key != "X-Amz-Signature"));

    /// <summary>The values of each signed header, joined in order of arrival; null: one is absent.</summary>
    public static List<KeyValuePair<string, string>>? Headers(
        SignedRequest request, ImmutableArray<string> signedHeaders)
    {
        var canonical = new List<KeyValuePair<string, string>>(signedHeaders.Length);
        foreach (var name in signedHeaders)
        {
            var values = request.Headers
                .Where(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
                .Select(header => Collapse(header.Value))
                .ToArray();
            if (values.Length == 0)
                return null;
            canonical.Add(new(name, string.Join(',', values)));
        }
        return canonical;
    }

    /// <summary>No white space around, one space for each run inside; a folded line is one line.</summary>
    public static string Collapse(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            if (!char.IsWhiteSpace(c))
                text.Append(c);
            else if (text.Length > 0 && text[^1] != ' ')
                text.Append(' ');
        }
        return text.ToString().TrimEnd(' ');
    }
}
