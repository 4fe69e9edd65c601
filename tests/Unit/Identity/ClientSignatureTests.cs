using System.Collections.Immutable;
using System.Text;
using Sento.Base;
using Sento.Identity.SigV4;
using Xunit;

namespace Sento.Tests.Unit.Identities;

/// <summary>What we sign is what another signer of the same request signs, and is verified.</summary>
public sealed class ClientSignatureTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("FwoGZXIvYXdzE+/=token")]
    public void Signature_is_that_of_a_signer_written_apart(string? sessionToken)
    {
        var other = new RequestSigner { SessionToken = sessionToken };
        var expected = other.Sign();
        ImmutableArray<KeyValuePair<string, string>> headers =
            [.. other.Headers.Select(header => KeyValuePair.Create(header.Name, header.Value))];
        using var secret = SecretBytes.FromText(other.SigningSecret);

        var added = Sento.Identity.SigV4.RequestSigner.Sign(
            new SignedRequest("POST", "/", "", headers, Encoding.UTF8.GetBytes(other.Body)), other.Region,
            other.Service, other.AccessKeyId, secret, sessionToken, other.At);

        Assert.Equal(
            expected.Headers.Single(header => header.Key == "authorization").Value,
            added.Single(header => header.Key == "Authorization").Value);
    }
}
