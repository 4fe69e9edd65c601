using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sento.Identity.WebIdentity;
using Sento.Tests.Support.Identities;
using Xunit;

namespace Sento.Tests.Unit.Identities;

/// <summary>Web identity tokens: whose signature, for whom, how long; and what is no token at all.</summary>
public sealed class WebTokenTests : IDisposable
{
    private const string Examples = "{\"keys\":[" + RsaKeyOfRfc + "," + EcdsaKeyOfRfc + "]}";

    /// <summary>RFC 7515, Appendix A.2.</summary>
    private const string RsaKeyOfRfc =
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx"
        + "HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7"
        + "OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh"
        + "9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"}";

    /// <summary>RFC 7515, Appendix A.3.</summary>
    private const string EcdsaKeyOfRfc =
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        + "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";

    private const string PayloadOfRfc =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    private readonly TestIssuer _issuer = new("https://issuer.test");

    private WebIssuer Issuer => new(_issuer.Url, ["other", "sento"]);

    public void Dispose() => _issuer.Dispose();

    [Theory]
    [InlineData("eyJhbGciOiJSUzI1NiJ9",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGb"
        + "ds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0"
        + "GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6L"
        + "bgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")]
    public void Examples_of_the_specification_are_signed_by_their_keys(string header, string signature)
    {
        Assert.True(WebKeySet.TryRead(Encoding.ASCII.GetBytes(Examples), out var keys));
        Assert.Equal(
            WebTokenVerdict.Good, WebToken.Read($"{header}.{PayloadOfRfc}.{signature}", out var token));

        Assert.Equal(WebTokenVerdict.Good, keys.Check(token!));
        Assert.Equal("joe", token!.Issuer);
        Assert.Equal(["true"], token.Claims["http://example.com/is_root"]);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public void Good_token_is_good_until_it_expires(string algorithm)
    {
        var text = _issuer.Token(algorithm: algorithm);

        Assert.Equal(WebTokenVerdict.Good, Verify(text));
        Assert.Equal(WebTokenVerdict.Good, Verify(text, TimeSpan.FromMinutes(10)));
        Assert.Equal(WebTokenVerdict.Expired, Verify(text, TimeSpan.FromMinutes(11.1)));
        Assert.Equal(WebTokenVerdict.FromTheFuture, Verify(text, -TimeSpan.FromMinutes(1.1)));
    }

    [Fact]
    public void Token_is_refused_for_whatever_is_wrong_with_what_it_says()
    {
        WebTokenVerdict With(string claim, object? value) =>
            Verify(_issuer.Token(more: new() { [claim] = value }));

        Assert.Equal(WebTokenVerdict.IssuerUnknown, With("iss", _issuer.Url + "/"));
        Assert.Equal(WebTokenVerdict.IssuerUnknown, With("iss", null));
        Assert.Equal(WebTokenVerdict.AudienceWrong, With("aud", "sts.amazonaws.com"));
        Assert.Equal(WebTokenVerdict.AudienceWrong, With("aud", new[] { "a", "Sento" }));
        Assert.Equal(WebTokenVerdict.AudienceWrong, With("aud", null));
        Assert.Equal(WebTokenVerdict.Good, With("aud", new[] { "a", "sento" }));
        Assert.Equal(WebTokenVerdict.Malformed, With("exp", null));
        Assert.Equal(WebTokenVerdict.Malformed, With("exp", "soon"));
        Assert.Equal(WebTokenVerdict.Malformed, With("exp", -1));
        Assert.Equal(WebTokenVerdict.Malformed, With("exp", 1e300));
        Assert.Equal(WebTokenVerdict.Good, With("exp", 253_402_300_799));
        Assert.Equal(WebTokenVerdict.FromTheFuture, With("nbf", 253_402_300_799));
        Assert.Equal(WebTokenVerdict.FromTheFuture, With("iat", 253_402_300_799));
        Assert.Equal(WebTokenVerdict.Malformed, With("exp", 253_402_300_800));
        Assert.Equal(WebTokenVerdict.Malformed, With("nbf", "soon"));
        Assert.Equal(WebTokenVerdict.Malformed, With("sub", null));
        Assert.Equal(WebTokenVerdict.Malformed, With("sub", ""));
        Assert.Equal(WebTokenVerdict.Malformed, With("sub", new[] { "a", "b" }));
        // As Cognito's access tokens.
        Assert.Equal(WebTokenVerdict.Good, Verify(_issuer.Token(
            more: new() { ["aud"] = null, ["client_id"] = "sento" })));
        Assert.Equal(WebTokenVerdict.AudienceWrong, Verify(_issuer.Token(
            audience: "other2", more: new() { ["client_id"] = "sento" })));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("ES256")]
    [InlineData("RS512")]
    [InlineData("rs256")]
    public void Algorithm_that_the_key_is_not_for_is_refused(string algorithm) => Assert.Equal(
        WebTokenVerdict.AlgorithmRefused,
        Verify(_issuer.Sign(Payload(), header: $$"""{"alg":"{{algorithm}}","kid":"rsa-1"}""")));

    /// <summary>The public key as a shared secret: the oldest trick.</summary>
    [Fact]
    public void Token_signed_with_the_public_key_as_a_secret_is_refused()
    {
        var head = Encode("""{"alg":"HS256","kid":"rsa-1"}""") + "." + Encode(Payload());
        var mac = HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(_issuer.KeySet()), Encoding.ASCII.GetBytes(head));

        Assert.Equal(WebTokenVerdict.AlgorithmRefused, Verify($"{head}.{Base64Url.EncodeToString(mac)}"));
    }

    [Fact]
    public void Key_is_the_one_that_the_token_names()
    {
        var keys = Keys();
        using var another = new TestIssuer("https://another.test");
        var stranger = another.Sign(Payload());
        Assert.Equal(WebTokenVerdict.SignatureWrong, Verify(stranger));
        Assert.Equal(WebTokenVerdict.KeyUnknown, Verify(
            _issuer.Sign(Payload(), header: """{"alg":"RS256","kid":"none of these"}""")));
        // Not named: any of its kind.
        Assert.Equal(WebTokenVerdict.Good, Verify(_issuer.Sign(Payload(), header: """{"alg":"RS256"}""")));

        _issuer.ChangeKeys();
        Assert.Equal(WebTokenVerdict.KeyUnknown, Verify(_issuer.Token(), keys: keys));
        Assert.Equal(WebTokenVerdict.Good, Verify(_issuer.Token()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("HEAD.BODY.SIGN.")]
    [InlineData("HEAD.BODY.")]
    [InlineData("HEAD.BODY.SIGN=")]
    [InlineData("HEAD .BODY.SIGN")]
    [InlineData("HEAD\n.BODY.SIGN")]
    [InlineData("[].BODY.SIGN")]
    [InlineData("{\"kid\":\"x\"}.BODY.SIGN")]
    [InlineData("{\"alg\":\"RS256\",\"crit\":[\"exp\"]}.BODY.SIGN")]
    [InlineData("{\"alg\":\"RS256\",\"alg\":\"none\"}.BODY.SIGN")]
    [InlineData("HEAD.[].SIGN")]
    [InlineData("HEAD.{\"sub\":\"a\",\"sub\":\"b\"}.SIGN")]
    [InlineData("HEAD.{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":1}}}}}}}}}.SIGN")]
    [InlineData("HEAD.{\"a\":{\"b\":\"1\"},\"a/b\":\"2\"}.SIGN")]
    public void What_is_no_token_is_not_read(string text)
    {
        var (head, body) = (Encode("""{"alg":"RS256"}"""), Encode("{}"));
        var parts = text.Replace("HEAD", head, StringComparison.Ordinal)
            .Replace("BODY", body, StringComparison.Ordinal)
            .Replace("SIGN", "AAAA", StringComparison.Ordinal).Split('.')
            .Select(part => part is ['{' or '[', ..] ? Encode(part) : part);

        Assert.Equal(WebTokenVerdict.Malformed, WebToken.Read(string.Join('.', parts), out var token));
        Assert.Null(token);
    }

    [Fact]
    public void Token_of_more_than_16_kB_is_refused_before_it_is_read() => Assert.Equal(
        WebTokenVerdict.TooLong,
        WebToken.Read(_issuer.Token(more: new() { ["x"] = new string('x', 20_000) }), out _));

    [Fact]
    public void Every_changed_character_spoils_the_token()
    {
        var keys = Keys();
        foreach (var algorithm in (string[])["RS256", "ES256"])
        {
            var text = _issuer.Token(algorithm: algorithm);
            for (var i = 0; i < text.Length; i++)
            {
                foreach (var other in "A9_.=".Where(other => other != text[i]))
                    Assert.NotEqual(
                        WebTokenVerdict.Good, Verify($"{text[..i]}{other}{text[(i + 1)..]}", keys: keys));
            }
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"keys\":{}}")]
    [InlineData("{\"keys\":[]}")]
    [InlineData("{\"keys\":[1,null,{}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"WEAK\",\"e\":\"AQAB\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"OFF\",\"y\":\"OFF\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-192\",\"x\":\"OFF\",\"y\":\"OFF\"}]}")]
    [InlineData("not JSON")]
    public void Keys_that_no_signature_should_be_checked_with_are_none(string json)
    {
        static string Repeat(byte value, int count) =>
            Base64Url.EncodeToString(Enumerable.Repeat(value, count).ToArray());
        var text = json.Replace("WEAK", Repeat(0xb3, 128), StringComparison.Ordinal)
            .Replace("OFF", Repeat(1, 32), StringComparison.Ordinal);

        Assert.False(WebKeySet.TryRead(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Key_for_encryption_is_left_out()
    {
        var json = _issuer.KeySet().Replace("\"use\":\"sig\",\"alg\"", "\"use\":\"enc\",\"alg\"",
            StringComparison.Ordinal);

        Assert.True(WebKeySet.TryRead(Encoding.UTF8.GetBytes(json), out var keys));
        Assert.Equal(1, keys.Count);
        Assert.Equal(WebTokenVerdict.KeyUnknown, Verify(_issuer.Token(), keys: keys));
    }

    [Theory]
    [InlineData("sub=system:serviceaccount:shop:*", true)]
    [InlineData("sub=system:serviceaccount:shop:we?", true)]
    [InlineData("sub=system:serviceaccount:other:*", false)]
    [InlineData("sub=*:admin", false)]
    [InlineData("groups=b", true)]
    [InlineData("groups=c", false)]
    [InlineData("kubernetes.io/namespace=shop", true)]
    [InlineData("kubernetes.io/serviceaccount/name=web", true)]
    [InlineData("admin=true", true)]
    [InlineData("number=42", true)]
    [InlineData("absent=*", false)]
    public void Claim_fits_its_pattern(string pattern, bool fits)
    {
        Assert.True(ClaimPattern.TryParse(pattern, out var claim));
        WebToken.Read(_issuer.Token(more: new()
        {
            ["groups"] = new[] { "a", "b" },
            ["admin"] = true,
            ["number"] = 42,
            ["kubernetes.io"] = new Dictionary<string, object>
            {
                ["namespace"] = "shop",
                ["serviceaccount"] = new { name = "web" },
            },
        }), out var token);

        Assert.Equal(fits, claim.Matches(token!.Claims));
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private string Payload()
    {
        var text = _issuer.Token().Split('.')[1];
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));
    }

    private WebKeySet Keys()
    {
        Assert.True(WebKeySet.TryRead(Encoding.UTF8.GetBytes(_issuer.KeySet()), out var keys));
        return keys;
    }

    private WebTokenVerdict Verify(string text, TimeSpan later = default, WebKeySet? keys = null)
    {
        var read = WebToken.Read(text, out var token);
        return token is null
            ? read
            : Issuer.Verify(token, keys ?? Keys(), DateTimeOffset.UtcNow + later, out _);
    }
}
