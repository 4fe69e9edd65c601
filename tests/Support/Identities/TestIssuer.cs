using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Identities;

/// <summary>
/// An issuer of web identity tokens on this machine: discovery document, key set and tokens as OpenID Connect
/// has them. It signs with RS256 and ES256; its keys can be changed.
/// </summary>
public sealed class TestIssuer : IDisposable
{
    private readonly HttpListener? _listener;
    private RSA _rsa = RSA.Create(2048);
    private ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _generation = 1;

    /// <param name="url">What its tokens say; null: where it listens.</param>
    public TestIssuer(string? url = null)
    {
        Url = url ?? $"http://127.0.0.1:{FreePort.Take()}";
        if (url is not null)
            return;
        _listener = new HttpListener();
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _ = ServeAsync(_listener);
    }

    public string Url { get; }

    /// <summary>What policies and conditions call it.</summary>
    public string Name => Url[(Url.IndexOf("://", StringComparison.Ordinal) + 3)..];

    /// <summary>Of the key set; other questions are not counted.</summary>
    public int Questions { get; private set; }

    /// <summary>Every question is answered with an error.</summary>
    public bool IsOut { get; set; }

    /// <summary>What the discovery document says; the issuer's own URL unless told otherwise.</summary>
    public string? NamedIssuer { get; set; }

    public string RsaKeyId => $"rsa-{_generation}";

    public string EcdsaKeyId => $"ec-{_generation}";

    /// <summary>Signs with new keys from now on, and publishes only them.</summary>
    public void ChangeKeys()
    {
        (_rsa, _ecdsa) = (RSA.Create(2048), ECDsa.Create(ECCurve.NamedCurves.nistP256));
        _generation++;
    }

    /// <summary>A good token, unless something is said otherwise.</summary>
    /// <param name="more">Further claims, or others in the place of the usual ones; null: left out.</param>
    public string Token(
        string subject = "system:serviceaccount:shop:web", string audience = "sento",
        TimeSpan? age = null, string algorithm = "RS256", Dictionary<string, object?>? more = null)
    {
        var issuedAt = DateTimeOffset.UtcNow - (age ?? TimeSpan.Zero);
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Url,
            ["sub"] = subject,
            ["aud"] = new[] { audience },
            ["iat"] = issuedAt.ToUnixTimeSeconds(),
            ["nbf"] = issuedAt.ToUnixTimeSeconds(),
            ["exp"] = issuedAt.AddMinutes(10).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in more ?? [])
            claims[name] = value;
        var given = claims.Where(claim => claim.Value is not null).ToDictionary();
        return Sign(JsonSerializer.Serialize(given), algorithm);
    }

    /// <summary>Any payload, signed.</summary>
    public string Sign(string payload, string algorithm = "RS256", string? header = null)
    {
        var keyId = algorithm == "ES256" ? EcdsaKeyId : RsaKeyId;
        header ??= JsonSerializer.Serialize(new { alg = algorithm, typ = "JWT", kid = keyId });
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = algorithm == "ES256"
            ? _ecdsa.SignData(bytes, HashAlgorithmName.SHA256)
            : _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Encode(signature)}";
    }

    /// <summary>The key set, as it is served.</summary>
    public string KeySet()
    {
        var rsa = _rsa.ExportParameters(false);
        var ec = _ecdsa.ExportParameters(false);
        return JsonSerializer.Serialize(new
        {
            keys = new object[]
            {
                new { kty = "RSA", use = "sig", alg = "RS256", kid = RsaKeyId, n = Encode(rsa.Modulus!),
                    e = Encode(rsa.Exponent!) },
                new { kty = "EC", use = "sig", kid = EcdsaKeyId, crv = "P-256", x = Encode(ec.Q.X!),
                    y = Encode(ec.Q.Y!) },
            },
        });
    }

    public void Dispose()
    {
        _listener?.Close();
        _rsa.Dispose();
        _ecdsa.Dispose();
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    private async Task ServeAsync(HttpListener listener)
    {
        try
        {
            while (true)
                Answer(await listener.GetContextAsync());
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var text = context.Request.Url!.AbsolutePath switch
        {
            "/.well-known/openid-configuration" =>
                JsonSerializer.Serialize(new { issuer = NamedIssuer ?? Url, jwks_uri = Url + "/keys" }),
            "/keys" => KeySet(),
            _ => null,
        };
        if (context.Request.Url.AbsolutePath == "/keys")
            Questions++;
        context.Response.StatusCode = IsOut ? 500 : text is null ? 404 : 200;
        context.Response.ContentType = "application/json";
        context.Response.OutputStream.Write(Encoding.UTF8.GetBytes(text ?? ""));
        context.Response.Close();
    }
}
