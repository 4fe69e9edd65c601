using Sento.Base;
using Sento.Identity.SigV4;
using Xunit;

namespace Sento.Tests.Unit.Identities;

/// <summary>AWS's own test suite for Signature Version 4, and requests that stock tools have sent.</summary>
public sealed class SigV4SuiteTests
{
    public static TheoryData<string> Names =>
        [.. Vectors.Read("sigv4-suite.json", "cases").Select(c => c.Text("name"))];

    public static TheoryData<int> CapturedIndices =>
        [.. Enumerable.Range(0, Vectors.Read("captured-requests.json", "requests").Length)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Canonical_request_string_to_sign_and_signature_are_those_of_the_suite(string name)
    {
        var test = Vectors.Read("sigv4-suite.json", "cases").Single(c => c.Text("name") == name);
        var request = Vectors.Parse(test.Text("request"));
        request = request with { Headers = request.Headers.Add(
            new("Authorization", test.Text("authorization"))) };

        var claim = SignatureClaim.Read(request, out var refusal);
        Assert.Null(refusal);
        Assert.Null(RequestVerifier.Canonical(request, claim!, out var canonical));
        Assert.Equal(test.Text("canonical"), canonical);

        var stringToSign = SigningKey.StringToSign(claim!.Scope, claim.AmzDate, canonical);
        Assert.Equal(test.Text("stringToSign"), stringToSign);
        using var key = SigningKey.Derive(
            SecretBytes.FromText("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), claim.Scope);
        Assert.True(key.IsSignature(claim.Signature, stringToSign));
    }

    [Theory]
    [MemberData(nameof(CapturedIndices))]
    public void Request_of_a_stock_tool_is_verified(int index)
    {
        var captured = Vectors.Read("captured-requests.json", "requests")[index];
        var request = Vectors.Captured(captured);
        var claim = SignatureClaim.Read(request, out _)!;
        if (claim.SessionToken is not null)
        {
            // Its session was made elsewhere: the signature alone can be checked.
            RequestVerifier.Canonical(request, claim, out var canonical);
            using var signingKey =
                SigningKey.Derive(SecretBytes.FromText(captured.Text("secret")), claim.Scope);
            Assert.True(signingKey.IsSignature(
                claim.Signature, SigningKey.StringToSign(claim.Scope, claim.AmzDate, canonical)));
            return;
        }
        var resolver = SomeIdentities.Resolver(
            SomeIdentities.Key(claim.Scope.AccessKeyId, captured.Text("secret")));

        var result = new RequestVerifier(resolver, [claim.Scope.Region])
            .Verify(request, claim.Scope.Service, claim.SignedAt);

        Assert.Null(result.Refusal);
        Assert.Equal("app", result.Principal!.UserName);
    }

    [Fact]
    public void Signing_key_is_that_of_the_documentation()
    {
        var scope = new CredentialScope("AKIDEXAMPLE", "20150830", "us-east-1", "iam");
        using var key = SigningKey.Derive(
            SecretBytes.FromText("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), scope);

        Assert.Equal(
            "2c94c0cf5378ada6887f09bb697df8fc0affdb34ba1cdd5bda32b664bd55b73c",
            Convert.ToHexStringLower(key.Bytes));
    }
}
