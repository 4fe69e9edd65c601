using Sento.Identity;
using Sento.Identity.Principals;
using Sento.Identity.SigV4;
using Xunit;

namespace Sento.Tests.Unit.Identities;

public sealed class RequestVerifierTests
{
    private static readonly Role Reader = SomeIdentities.Role("reader");
    private static readonly SessionTokens Sessions = SessionTokens.OfThisProcess();

    private static readonly RequestVerifier Verifier = new(
        new CredentialResolver(
            new MemoryIdentities(
                [
                    SomeIdentities.Key(RequestSigner.KeyId, RequestSigner.Secret),
                    SomeIdentities.Key("AKIDINACTIVE", RequestSigner.Secret, isActive: false),
                ],
                [Reader]),
            Sessions),
        ["us-east-1"]);

    [Fact]
    public void Signed_request_names_its_principal() =>
        Assert.Equal("app", Verify(new RequestSigner().Sign()).Principal!.UserName);

    [Fact]
    public void Presigned_request_names_its_principal() =>
        Assert.Equal("app", Verify(new RequestSigner().Presign(60)).Principal!.UserName);

    [Fact]
    public void Request_without_a_signature_is_refused()
    {
        var refusal = Refusal(new SignedRequest("POST", "/", "", [new("Host", "x")], default));

        Assert.Equal("MissingAuthenticationToken", refusal.QueryCode);
        Assert.Equal("Request is missing Authentication Token", refusal.Message);
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/secretsmanager/aws4_request")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=0")]
    [InlineData("AWS4-HMAC-SHA256 ")]
    [InlineData("AWS4-HMAC-SHA256 Foo=bar")]
    public void Malformed_authorization_is_an_incomplete_signature(string header)
    {
        var request = new RequestSigner().Sign();
        var refusal = Refusal(request with
        {
            Headers = [.. request.Headers.Where(h => h.Key != "authorization"), new("Authorization", header)],
        });

        Assert.Equal("IncompleteSignatureException", refusal.JsonCode);
        Assert.Equal(400, refusal.QueryStatus);
    }

    [Fact]
    public void Unknown_key_is_an_unrecognized_client()
    {
        var refusal = Refusal(new RequestSigner { AccessKeyId = "AKIDNOBODY" }.Sign());

        Assert.Equal("UnrecognizedClientException", refusal.JsonCode);
        Assert.Equal("InvalidClientTokenId", refusal.QueryCode);
        Assert.Equal("The security token included in the request is invalid.", refusal.Message);
    }

    [Fact]
    public void Inactive_key_sounds_like_an_unknown_one() => Assert.Equal(
        Refusal(new RequestSigner { AccessKeyId = "AKIDNOBODY" }.Sign()),
        Refusal(new RequestSigner { AccessKeyId = "AKIDINACTIVE" }.Sign()));

    [Fact]
    public void Wrong_secret_is_told_what_should_have_been_signed()
    {
        var refusal = Refusal(new RequestSigner { SigningSecret = "another" }.Sign());

        Assert.Equal("InvalidSignatureException", refusal.JsonCode);
        Assert.Equal(403, refusal.QueryStatus);
        Assert.Contains(
            "The Canonical String for this request should have been\n'POST\n/\n\n", refusal.Message);
        Assert.DoesNotContain(RequestSigner.Secret, refusal.Message);
    }

    [Fact]
    public void Changed_body_is_refused() =>
        AssertMismatch(new RequestSigner().Sign() with { Body = "{\"SecretId\":\"other\"}"u8.ToArray() });

    [Fact]
    public void Changed_header_is_refused() =>
        AssertMismatch(Replace("x-amz-target", "secretsmanager.DeleteSecret"));

    [Fact]
    public void Changed_method_is_refused() =>
        AssertMismatch(new RequestSigner().Sign() with { Method = "PUT" });

    [Fact]
    public void Added_query_is_refused() =>
        AssertMismatch(new RequestSigner().Sign() with { Query = "Action=X" });

    [Fact]
    public void Other_host_is_refused() => AssertMismatch(Replace("host", "elsewhere:8080"));

    [Fact]
    public void Header_of_aws_that_is_not_signed_is_refused()
    {
        var request = new RequestSigner { Unsigned = [("X-Amz-Copy-Source", "x")] }.Sign();

        Assert.Equal(
            "'X-Amz-Copy-Source' must be a 'SignedHeader' in the AWS Authorization.", Refusal(
                request).Message);
    }

    [Fact]
    public void Host_must_be_signed()
    {
        var request = new RequestSigner { Headers = [("x-amz-target", "t")] }.Sign();

        Assert.Equal("'Host' must be a 'SignedHeader' in the AWS Authorization.", Refusal(request).Message);
    }

    [Fact]
    public void Stated_hash_that_is_not_the_bodys_is_refused()
    {
        var signer = new RequestSigner();
        var request = (signer with { Headers = signer.Headers.Add(
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")) }).Sign();

        Assert.Contains("X-Amz-Content-SHA256", Refusal(request).Message);
    }

    [Fact]
    public void Other_region_and_other_service_are_refused()
    {
        Assert.Equal(
            "Credential should be scoped to a valid region, not 'eu-west-1'.",
            Refusal(new RequestSigner { Region = "eu-west-1" }.Sign()).Message);
        Assert.Equal(
            "Credential should be scoped to correct service: 'secretsmanager'.",
            Refusal(new RequestSigner { Service = "rds" }.Sign()).Message);
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void Clocks_may_differ_by_five_minutes(int seconds, bool isGood)
    {
        var result = Verify(new RequestSigner { At = RequestSigner.Now.AddSeconds(seconds) }.Sign());

        Assert.Equal(isGood, result.IsVerified);
        if (!isGood)
        {
            Assert.Equal("InvalidSignatureException", result.Refusal!.JsonCode);
            Assert.StartsWith(
                seconds < 0
                    ? "Signature expired: 20261123T095459Z is now earlier than" : "Signature not yet current",
                result.Refusal.Message);
        }
    }

    [Theory]
    [InlineData(60, 60, true)]
    [InlineData(60, 61, false)]
    [InlineData(604_800, 900, true)]
    [InlineData(604_800, 901, false)]
    public void Presigned_request_lives_as_long_as_it_says_and_fifteen_minutes_at_most(
        int life, int age, bool isGood)
    {
        var request = new RequestSigner { At = RequestSigner.Now.AddSeconds(-age) }.Presign(life);

        Assert.Equal(isGood, Verify(request).IsVerified);
    }

    [Theory]
    [InlineData("&action=Other")]
    [InlineData("&x-amz-date=20261123T100000Z")]
    public void Presigned_parameter_that_comes_twice_is_refused(string extra) =>
        Assert.Equal("IncompleteSignature", Refusal(new RequestSigner().Presign(60, extra)).QueryCode);

    [Fact]
    public void Presigned_request_with_a_body_is_refused() =>
        Assert.False(Verify(new RequestSigner().Presign(60) with { Body = "x"u8.ToArray() }).IsVerified);

    [Fact]
    public void Presigned_parameter_that_was_changed_is_refused()
    {
        var request = new RequestSigner().Presign(60);

        AssertMismatch(request with { Query = request.Query.Replace("Expires=60", "Expires=70") });
        AssertMismatch(request with { Query = request.Query.Replace("GetCaller", "SetCaller") });
    }

    [Fact]
    public void Session_signs_with_its_token()
    {
        var session = NewSession();
        var signer = Signer(session);

        var result = Verify(signer.Sign());

        Assert.Equal("arn:aws:sts::123456789012:assumed-role/reader/job", result.Principal!.Arn);
        Assert.Equal("AROAREADER:job", result.Principal.UniqueId);
        Assert.True(Verify(signer.Presign(60)).IsVerified);
    }

    [Fact]
    public void Session_without_its_token_is_refused() =>
        AssertUnknown((Signer(NewSession()) with { SessionToken = null }).Sign());

    [Fact]
    public void Session_with_the_token_of_another_is_refused() => AssertUnknown(
        (Signer(NewSession()) with { SessionToken = Sessions.Issue(NewSession("ASIAOTHER")) }).Sign());

    [Fact]
    public void Long_term_key_with_a_token_is_refused() =>
        AssertUnknown(new RequestSigner { SessionToken = Sessions.Issue(NewSession()) }.Sign());

    [Fact]
    public void Expired_session_is_refused()
    {
        var session = NewSession() with { ExpiresAt = RequestSigner.Now };

        Assert.Equal("ExpiredTokenException", Refusal(Signer(session).Sign()).JsonCode);
    }

    [Fact]
    public void Session_of_a_role_that_is_gone_is_refused() =>
        AssertUnknown(Signer(NewSession() with { SubjectId = "AROAGONE" }).Sign());

    [Fact]
    public void Refusal_does_not_show_the_session_token()
    {
        var signer = Signer(NewSession()) with { SigningSecret = "wrong" };

        Assert.DoesNotContain(signer.SessionToken!, Refusal(signer.Sign()).Message);
        Assert.DoesNotContain(
            Uri.EscapeDataString(signer.SessionToken!), Refusal(signer.Presign(60)).Message);
    }

    [Fact]
    public void Whatever_is_too_large_is_refused_before_it_is_read()
    {
        var request = new RequestSigner().Sign();
        SignedRequest[] large =
        [
            request with { Body = new byte[IdentityLimits.BodyBytesMax + 1] },
            request with { Query = new string('a', IdentityLimits.QueryCharactersMax + 1) },
            request with { Path = "/" + new string('a', IdentityLimits.PathCharactersMax) },
            request with { Headers = [.. Enumerable.Repeat(
                request.Headers[0], IdentityLimits.HeadersMax + 1)] },
            request with { Headers = [.. request.Headers, new(
                "x", new string('a', IdentityLimits.HeaderCharactersMax))] },
        ];

        Assert.All(large, r => Assert.Equal(SigV4Error.RequestTooLarge, Refusal(r).Error));
    }

    [Fact]
    public void Any_flipped_bit_of_the_signature_is_refused()
    {
        var request = new RequestSigner().Sign();
        var header = request.Headers.Single(h => h.Key == "authorization").Value;
        for (var i = header.Length - 64; i < header.Length; i++)
        {
            var changed = header.ToCharArray();
            changed[i] = changed[i] == '0' ? '1' : '0';
            AssertMismatch(request with
            {
                Headers = [.. request.Headers.Where(h => h.Key != "authorization"), new(
                    "authorization", new string(changed))],
            });
        }
    }

    private static Session NewSession(string keyId = "ASIAEXAMPLE") => new()
    {
        AccessKeyId = keyId,
        Secret = "a secret",
        SubjectId = Reader.UniqueId,
        SessionName = "job",
        IssuedAt = RequestSigner.Now.AddMinutes(-1),
        ExpiresAt = RequestSigner.Now.AddMinutes(59),
    };

    private static RequestSigner Signer(Session session) => new()
    {
        AccessKeyId = session.AccessKeyId,
        SigningSecret = session.Secret,
        SessionToken = Sessions.Issue(session),
    };

    private static SignedRequest Replace(string name, string value)
    {
        var request = new RequestSigner().Sign();
        return request with
        {
            Headers = [.. request.Headers.Select(h => h.Key == name ? new(name, value) : h)],
        };
    }

    private static SigV4Result Verify(SignedRequest request) =>
        Verifier.Verify(request, "secretsmanager", RequestSigner.Now);

    private static SigV4Refusal Refusal(SignedRequest request)
    {
        var result = Verify(request);
        Assert.False(result.IsVerified);
        return result.Refusal;
    }

    private static void AssertMismatch(SignedRequest request) =>
        Assert.Equal("SignatureDoesNotMatch", Refusal(request).QueryCode);

    private static void AssertUnknown(SignedRequest request) =>
        Assert.Equal("UnrecognizedClientException", Refusal(request).JsonCode);
}
