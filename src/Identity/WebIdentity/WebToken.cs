using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sento.Identity.WebIdentity;

/// <summary>A JSON Web Token taken apart, not yet believed. Immutable.</summary>
/// <remarks>RFC 7519 and 7515, the compact form. Bounded before anything is allocated for it.</remarks>
public sealed class WebToken
{
    private const int DepthMax = 8;
    private const int ClaimsMax = 256;

    private static readonly JsonDocumentOptions Reading =
        new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    private WebToken(
        string algorithm, string? keyId, byte[] signed, byte[] signature,
        ImmutableDictionary<string, ImmutableArray<string>> claims)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        Signed = signed;
        Signature = signature;
        Claims = claims;
    }

    public string Algorithm { get; }

    /// <summary>Null: not said; then each key of the issuer may have signed.</summary>
    public string? KeyId { get; }

    /// <summary>
    /// Texts, numbers and booleans by their names; of an object's members by <c>object/member</c>; of a list,
    /// each. What is neither is left out.
    /// </summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Claims { get; }

    public string? Issuer => Single("iss");

    public string? Subject => Single("sub");

    /// <summary>The bytes that the signature is of.</summary>
    internal byte[] Signed { get; }

    internal byte[] Signature { get; }

    public static WebTokenVerdict Read(string text, out WebToken? token)
    {
        token = null;
        if (text.Length > IdentityLimits.WebTokenCharactersMax)
            return WebTokenVerdict.TooLong;
        var parts = text.Split('.');
        if (parts.Length != 3 || !StrictBase64Url.TryDecode(parts[0], out var header)
            || !StrictBase64Url.TryDecode(parts[1], out var payload)
            || !StrictBase64Url.TryDecode(parts[2], out var signature) || signature.Length == 0)
            return WebTokenVerdict.Malformed;
        try
        {
            using var head = JsonDocument.Parse(header, Reading);
            using var body = JsonDocument.Parse(payload, Reading);
            // What crit names must be understood, and nothing of it is.
            if (head.RootElement.TryGetProperty("crit", out _)
                || Text(head.RootElement, "alg") is not { Length: > 0 } algorithm)
                return WebTokenVerdict.Malformed;
            var claims = ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>(
                StringComparer.Ordinal);
            if (body.RootElement.ValueKind != JsonValueKind.Object || !Collect(body.RootElement, "", claims))
                return WebTokenVerdict.Malformed;
            token = new WebToken(
                algorithm, Text(head.RootElement, "kid"), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                signature, claims.ToImmutable());
            return WebTokenVerdict.Good;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return WebTokenVerdict.Malformed;
        }
    }

    /// <summary>The only value of a claim; null: absent, or several.</summary>
    public string? Single(string claim) =>
        Claims.TryGetValue(claim, out var values) && values.Length == 1 ? values[0] : null;

    /// <summary>A NumericDate; null: absent, or no date.</summary>
    internal DateTimeOffset? Date(string claim) =>
        double.TryParse(Single(claim), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static bool Collect(
        JsonElement element, string prefix,
        ImmutableDictionary<string, ImmutableArray<string>>.Builder claims)
    {
        foreach (var member in element.EnumerateObject())
        {
            var name = prefix + member.Name;
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                if (!Collect(member.Value, name + "/", claims))
                    return false;
                continue;
            }
            var values = Values(member.Value);
            if (values.IsEmpty)
                continue;
            // A member of an object and a claim whose name has a slash may be called the same.
            if (claims.Count >= ClaimsMax || !claims.TryAdd(name, values))
                return false;
        }
        return true;
    }

    private static ImmutableArray<string> Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Number => [value.GetRawText()],
        JsonValueKind.True => ["true"],
        JsonValueKind.False => ["false"],
        JsonValueKind.Array => [.. value.EnumerateArray()
            .Where(item => item.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            .SelectMany(item => Values(item))],
        _ => [],
    };
}
