using System.Diagnostics.CodeAnalysis;

namespace Sento.Identity.SigV4;

/// <summary>A query string taken apart, strictly, in its order.</summary>
internal static class QueryString
{
    /// <summary>
    /// Fails for broken escapes and for too many parameters. A name without a value has "".
    /// </summary>
    public static bool TryParse(
        string query, [NotNullWhen(true)] out List<KeyValuePair<string, string>>? parameters)
    {
        parameters = null;
        if (query.Length > IdentityLimits.QueryCharactersMax)
            return false;
        var found = new List<KeyValuePair<string, string>>();
        foreach (var range in query.AsSpan().Split('&'))
        {
            var pair = query.AsSpan()[range];
            if (pair.IsEmpty)
                continue;
            if (found.Count == IdentityLimits.QueryParametersMax)
                return false;
            var equals = pair.IndexOf('=');
            var name = equals < 0 ? pair : pair[..equals];
            var value = equals < 0 ? default : pair[(equals + 1)..];
            if (!PercentCoding.TryDecode(name, out var decodedName)
                || !PercentCoding.TryDecode(value, out var decodedValue))
                return false;
            found.Add(new(decodedName, decodedValue));
        }
        parameters = found;
        return true;
    }

    /// <returns>Null: absent.</returns>
    public static string? Find(IEnumerable<KeyValuePair<string, string>> parameters, string name)
    {
        foreach (var (key, value) in parameters)
        {
            if (key == name)
                return value;
        }
        return null;
    }

    /// <summary>A name that comes twice, in whatever case; null: none.</summary>
    public static string? Repeated(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, _) in parameters)
        {
            if (!seen.Add(name))
                return name;
        }
        return null;
    }
}
