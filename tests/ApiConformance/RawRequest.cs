using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sento.ControlPlane.Identities;

namespace Sento.Tests.ApiConformance;

/// <summary>A signed request, byte by byte, so that a test can spoil any part of it.</summary>
internal sealed record RawRequest
{
    private static readonly HttpClient Http = new();

    public required Uri Url { get; init; }

    public required AccessKeyRecord Key { get; init; }

    public required string Operation { get; init; }

    /// <summary>What X-Amz-Target says before the operation.</summary>
    public string Target { get; init; } = "secretsmanager";

    public string Body { get; init; } = "{}";

    /// <summary>What is sent in place of what was signed; null: the same.</summary>
    public string? SentBody { get; init; }

    public DateTimeOffset Time { get; init; } = DateTimeOffset.UtcNow;

    public string Region { get; init; } = VaultGround.Region;

    public string Service { get; init; } = "secretsmanager";

    /// <summary>Null: unsigned.</summary>
    public bool IsSigned { get; init; } = true;

    public async Task<(int Status, JsonElement Answer)> Send()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(SentBody ?? Body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.1");
        var date = Time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("X-Amz-Target", $"{Target}.{Operation}");
        request.Headers.TryAddWithoutValidation("X-Amz-Date", date);
        if (IsSigned)
            request.Headers.TryAddWithoutValidation("Authorization", Authorization(date));
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>The code of a refusal; null: it was none.</summary>
    public async Task<string?> Code()
    {
        var (status, answer) = await Send();
        return status == 200 ? null : answer.GetProperty("__type").GetString();
    }

    private string Authorization(string date)
    {
        const string signed = "content-type;host;x-amz-date;x-amz-target";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Body)));
        var canonical = $"POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{Url.Authority}\n"
            + $"x-amz-date:{date}\nx-amz-target:{Target}.{Operation}\n\n{signed}\n{hash}";
        var scope = $"{date[..8]}/{Region}/{Service}/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n"
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var key = Encoding.UTF8.GetBytes("AWS4" + Key.Secret);
        foreach (var step in (string[])[date[..8], Region, Service, "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        return $"AWS4-HMAC-SHA256 Credential={Key.Id}/{scope}, SignedHeaders={signed}, Signature={signature}";
    }
}
