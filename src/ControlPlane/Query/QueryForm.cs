using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Query;

/// <summary>The parameters of a Query request: a form in the body, or the query string of a GET.</summary>
internal sealed class QueryForm
{
    private const int ParametersMax = 512;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private QueryForm()
    {
    }

    public string Action => _values.GetValueOrDefault("Action") ?? "";

    /// <exception cref="ApiFault">A name comes twice, or there are too many.</exception>
    public static QueryForm Read(ApiRequest request)
    {
        var text = request.Method == "GET" ? request.Query : Encoding.UTF8.GetString(request.Body.Span);
        var form = new QueryForm();
        foreach (var range in text.AsSpan().Split('&'))
        {
            var pair = text[range];
            if (pair.Length == 0)
                continue;
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = WebUtility.UrlDecode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : WebUtility.UrlDecode(pair[(equals + 1)..]);
            if (form._values.Count >= ParametersMax || !form._values.TryAdd(name, value))
                throw new ApiFault("MalformedQueryString", "The query string contains a syntax error");
        }
        return form;
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>NAME.member.1 and so on, in their order; gaps do not matter.</summary>
    public ImmutableArray<string> Texts(string name)
    {
        var prefix = $"{name}.member.";
        return [.. _values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(pair => (
                Number: int.TryParse(pair.Key.AsSpan(prefix.Length), CultureInfo.InvariantCulture, out var n)
                    ? n : int.MaxValue, pair.Value))
            .OrderBy(pair => pair.Number).Select(pair => pair.Value)];
    }

    public string Required(string name) => _values.GetValueOrDefault(name) is { Length: > 0 } value
        ? value
        : throw new ApiFault(
            "ValidationError",
            $"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' "
            + "failed to satisfy constraint: Member must not be null");

    public int Number(string name, int otherwise, int min, int max)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return int.TryParse(text, out var number) && number >= min && number <= max
            ? number
            : throw new ApiFault(
                "ValidationError", $"{name} is {text}; allowed: {min} to {max}");
    }
}
