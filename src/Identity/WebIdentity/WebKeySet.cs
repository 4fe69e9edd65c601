using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sento.Identity.WebIdentity;

/// <summary>An issuer's public keys (a JWK set, RFC 7517). Immutable; any thread.</summary>
public sealed class WebKeySet
{
    /// <summary>Bytes of the document; the largest of the known issuers has about 20,000.</summary>
    public const int BytesMax = 256 * 1024;

    private const int KeysMax = 100;

    private readonly ImmutableArray<WebKey> _keys;

    private WebKeySet(ImmutableArray<WebKey> keys) => _keys = keys;

    public int Count => _keys.Length;

    /// <summary>Keys of a kind that is not known, too weak or not for signatures are left out.</summary>
    /// <returns>False: it is no set of keys, or none in it can be used.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out WebKeySet? keys)
    {
        keys = null;
        if (json.Length > BytesMax)
            return false;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            var found = document.RootElement.GetProperty("keys").EnumerateArray().Take(KeysMax)
                .Select(WebKey.Read).OfType<WebKey>().ToImmutableArray();
            if (found.IsEmpty)
                return false;
            keys = new WebKeySet(found);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException
            or KeyNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Whether one of these keys has signed it.</summary>
    internal WebTokenVerdict Check(WebToken token)
    {
        if (WebAlgorithm.Find(token.Algorithm) is not { } algorithm)
            return WebTokenVerdict.AlgorithmRefused;
        var verdict = WebTokenVerdict.KeyUnknown;
        foreach (var key in _keys)
        {
            if (token.KeyId is not null && key.Id != token.KeyId)
                continue;
            if (!key.Fits(algorithm))
            {
                if (token.KeyId is not null)
                    verdict = WebTokenVerdict.AlgorithmRefused;
                continue;
            }
            if (key.HasSigned(algorithm, token.Signed, token.Signature))
                return WebTokenVerdict.Good;
            verdict = WebTokenVerdict.SignatureWrong;
        }
        return verdict;
    }
}

/// <summary>How a signature is made: RFC 7518, JWS Algorithms, without none and shared secrets.</summary>
internal sealed record WebAlgorithm(
    string Name, string KeyType, HashAlgorithmName Hash, RSASignaturePadding? Padding, string? Curve)
{
    private static readonly ImmutableArray<WebAlgorithm> All =
    [
        new("RS256", "RSA", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, null),
        new("RS384", "RSA", HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, null),
        new("RS512", "RSA", HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1, null),
        new("PS256", "RSA", HashAlgorithmName.SHA256, RSASignaturePadding.Pss, null),
        new("PS384", "RSA", HashAlgorithmName.SHA384, RSASignaturePadding.Pss, null),
        new("PS512", "RSA", HashAlgorithmName.SHA512, RSASignaturePadding.Pss, null),
        new("ES256", "EC", HashAlgorithmName.SHA256, null, "P-256"),
        new("ES384", "EC", HashAlgorithmName.SHA384, null, "P-384"),
        new("ES512", "EC", HashAlgorithmName.SHA512, null, "P-521"),
    ];

    public static WebAlgorithm? Find(string name) => All.FirstOrDefault(known => known.Name == name);
}

/// <summary>One public key. Any thread.</summary>
internal sealed class WebKey
{
    private const int RsaBytesMin = 2048 / 8;
    private const int RsaBytesMax = 8192 / 8;
    private const int ExponentBytesMax = 8;

    private readonly Lock _lock = new();
    private readonly string _type;
    private readonly string? _curve;
    private readonly string? _algorithm;
    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;

    private WebKey(string? id, string? algorithm, RSA rsa) =>
        (Id, _algorithm, _type, _rsa) = (id, algorithm, "RSA", rsa);

    private WebKey(string? id, string? algorithm, ECDsa ecdsa, string curve) =>
        (Id, _algorithm, _type, _ecdsa, _curve) = (id, algorithm, "EC", ecdsa, curve);

    public string? Id { get; }

    /// <summary>Null: not a key that a signature of ours may be checked with.</summary>
    public static WebKey? Read(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "use") is not (null or "sig"))
            return null;
        try
        {
            return Text(key, "kty") switch
            {
                "RSA" => ReadRsa(key),
                "EC" => ReadEcdsa(key),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public bool Fits(WebAlgorithm algorithm) => _type == algorithm.KeyType && _curve == algorithm.Curve
        && (_algorithm is null || _algorithm == algorithm.Name);

    public bool HasSigned(WebAlgorithm algorithm, byte[] signed, byte[] signature)
    {
        lock (_lock)
        {
            return _rsa is not null
                ? _rsa.VerifyData(signed, signature, algorithm.Hash, algorithm.Padding!)
                : _ecdsa!.VerifyData(
                    signed, signature, algorithm.Hash,
                    DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    private static WebKey? ReadRsa(JsonElement key)
    {
        var (modulus, exponent) = (Bytes(key, "n"), Bytes(key, "e"));
        if (modulus.Length is < RsaBytesMin or > RsaBytesMax || exponent.Length is 0 or > ExponentBytesMax
            || (exponent[^1] & 1) == 0 || exponent is [1])
            return null;
        var rsa = RSA.Create();
        try
        {
            rsa.ImportParameters(new RSAParameters { Modulus = modulus, Exponent = exponent });
            return new WebKey(Text(key, "kid"), Text(key, "alg"), rsa);
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }

    private static WebKey? ReadEcdsa(JsonElement key)
    {
        var name = Text(key, "crv");
        (ECCurve Curve, int Bytes)? known = name switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, 66),
            _ => null,
        };
        var (x, y) = (Bytes(key, "x"), Bytes(key, "y"));
        if (known is not { } curve || x.Length != curve.Bytes || y.Length != curve.Bytes)
            return null;
        // A point that is not on the curve is refused here.
        var ecdsa = ECDsa.Create(new ECParameters { Curve = curve.Curve, Q = new ECPoint { X = x, Y = y } });
        return new WebKey(Text(key, "kid"), Text(key, "alg"), ecdsa, name!);
    }

    private static byte[] Bytes(JsonElement key, string name) =>
        Text(key, name) is { } text && StrictBase64Url.TryDecode(text, out var bytes) ? bytes : [];

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
