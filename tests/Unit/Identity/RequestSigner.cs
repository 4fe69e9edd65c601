using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.Identity.SigV4;

namespace Sento.Tests.Unit.Identities;

/// <summary>Signs a request as a client does; written apart from what is tested.</summary>
internal sealed record RequestSigner
{
    public const string KeyId = "AKIDEXAMPLE";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    public static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    public string AccessKeyId { get; init; } = KeyId;

    public string SigningSecret { get; init; } = Secret;

    public string Region { get; init; } = "us-east-1";

    public string Service { get; init; } = "secretsmanager";

    public DateTimeOffset At { get; init; } = Now;

    public string Body { get; init; } = "{\"SecretId\":\"db\"}";

    public string? SessionToken { get; init; }

    public ImmutableArray<(string Name, string Value)> Headers { get; init; } =
        [("content-type", "application/x-amz-json-1.1"), ("host", "127.0.0.1:8080"),
            ("x-amz-target", "secretsmanager.GetSecretValue")];

    /// <summary>Headers that are sent and not signed.</summary>
    public ImmutableArray<(string Name, string Value)> Unsigned { get; init; } = [];

    private string Date => At.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");

    private string Scope => $"{Date[..8]}/{Region}/{Service}/aws4_request";

    public SignedRequest Sign()
    {
        List<(string Name, string Value)> signed = [.. Headers, ("x-amz-date", Date)];
        if (SessionToken is not null)
            signed.Add(("x-amz-security-token", SessionToken));
        signed.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var names = string.Join(';', signed.Select(h => h.Name));
        var canonical =
            "POST\n/\n\n" + string.Concat(signed.Select(h => $"{h.Name}:{h.Value}\n")) + "\n" + names
            + "\n" + Hex(SHA256.HashData(Encoding.UTF8.GetBytes(Body)));
        var authorization = $"AWS4-HMAC-SHA256 Credential={AccessKeyId}/{Scope}, SignedHeaders={names}, "
            + $"Signature={SignatureOf(canonical)}";
        return new SignedRequest(
            "POST", "/", "",
            [.. signed.Concat(Unsigned).Append(("authorization", authorization))
                .Select(h => KeyValuePair.Create(h.Item1, h.Item2))],
            Encoding.UTF8.GetBytes(Body));
    }

    /// <summary>A GET whose query carries the signature.</summary>
    public SignedRequest Presign(int lifeSeconds, string extraQuery = "")
    {
        var query = $"Action=GetCallerIdentity{extraQuery}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            + Uri.EscapeDataString($"{AccessKeyId}/{Scope}")
                + $"&X-Amz-Date={Date}&X-Amz-Expires={lifeSeconds}"
            + (SessionToken is null ? "" : "&X-Amz-Security-Token=" + Uri.EscapeDataString(SessionToken))
            + "&X-Amz-SignedHeaders=host";
        var canonical = $"GET\n/\n{query}\nhost:127.0.0.1:8080\n\nhost\n" + Hex(SHA256.HashData([]));
        return new SignedRequest(
            "GET", "/", $"{query}&X-Amz-Signature={SignatureOf(canonical)}",
            [KeyValuePair.Create("Host", "127.0.0.1:8080")], default);
    }

    private string SignatureOf(string canonical)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + SigningSecret);
        foreach (var step in (string[])[Date[..8], Region, Service, "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        var stringToSign = $"AWS4-HMAC-SHA256\n{Date}\n{Scope}\n"
            + Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(stringToSign)));
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
