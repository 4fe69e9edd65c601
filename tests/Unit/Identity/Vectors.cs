using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Sento.Identity.SigV4;
using Sento.Tests.Support;

namespace Sento.Tests.Unit.Identities;

/// <summary>The recorded requests, tokens and worked examples in Vectors/.</summary>
internal static class Vectors
{
    public static JsonElement[] Read(string file, string list)
    {
        var text = File.ReadAllText(SourceTree.At("tests", "Unit", "Identity", "Vectors", file));
        return [.. JsonDocument.Parse(text).RootElement.GetProperty(list).EnumerateArray()];
    }

    public static string Text(this JsonElement element, string name) =>
        element.GetProperty(name).GetString()!;

    public static SignedRequest Captured(JsonElement request)
    {
        var (path, query) = Split(request.Text("target"));
        return new SignedRequest(
            request.Text("method"), path, query,
            [.. request.GetProperty("headers").EnumerateArray()
                .Select(pair => KeyValuePair.Create(pair[0].GetString()!, pair[1].GetString()!))],
            Encoding.UTF8.GetBytes(request.Text("body")));
    }

    /// <summary>A request as text: a line, headers (folded ones too), an empty line, the body.</summary>
    public static SignedRequest Parse(string text)
    {
        var cut = text.IndexOf("\n\n", StringComparison.Ordinal);
        var (head, body) = cut < 0 ? (text, "") : (text[..cut], text[(cut + 2)..]);
        var lines = head.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0];
        var method = first[..first.IndexOf(' ', StringComparison.Ordinal)];
        var target = first[(method.Length + 1)..first.LastIndexOf(' ')];
        var headers = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var line in lines.Skip(1))
        {
            if (line[0] is ' ' or '\t')
            {
                headers[^1] = KeyValuePair.Create(headers[^1].Key, headers[^1].Value + "\n" + line);
                continue;
            }
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(KeyValuePair.Create(line[..colon], line[(colon + 1)..]));
        }
        var (path, query) = Split(target);
        return new SignedRequest(method, path, query, headers.ToImmutable(), Encoding.UTF8.GetBytes(body));
    }

    private static (string Path, string Query) Split(string target)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? (target, "") : (target[..mark], target[(mark + 1)..]);
    }
}
