using System.Collections.Immutable;
using System.Security.Cryptography;
using Sento.Base;

namespace Sento.Identity.SigV4;

/// <summary>Signs requests of our own to AWS, by header. Pure.</summary>
/// <remarks>AWS Signature Version 4, Create a signed AWS API request.</remarks>
public static class RequestSigner
{
    /// <param name="request">With its Host and without a query; all of its headers are signed.</param>
    /// <param name="sessionToken">Of temporary credentials; null: long-term ones.</param>
    /// <returns>The headers to send beside those of the request.</returns>
    public static ImmutableArray<KeyValuePair<string, string>> Sign(
        SignedRequest request, string region, string service, string accessKeyId, SecretBytes secret,
        string? sessionToken, DateTimeOffset now)
    {
        Invariant.Holds(request.Query.Length == 0);
        var date = AmzDate.Show(now);
        var scope = new CredentialScope(accessKeyId, date[..8], region, service);
        var added = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        added.Add(new("X-Amz-Date", date));
        if (sessionToken is not null)
            added.Add(new("X-Amz-Security-Token", sessionToken));
        var all = request with { Headers = request.Headers.AddRange(added) };
        var names = all.Headers.Select(header => header.Key.ToLowerInvariant())
            .Order(StringComparer.Ordinal).ToImmutableArray();
        var signedHeaders = string.Join(';', names);
        var canonical = CanonicalRequest.Of(
            all.Method, CanonicalRequest.Path(all.Path), "", CanonicalRequest.Headers(all, names)!,
            signedHeaders, Convert.ToHexStringLower(SHA256.HashData(all.Body.Span)));
        using var key = SigningKey.Derive(secret, scope);
        var signature = Convert.ToHexStringLower(key.Sign(SigningKey.StringToSign(scope, date, canonical)));
        added.Add(new(
            "Authorization",
            $"{SignatureClaim.Algorithm} Credential={accessKeyId}/{scope.Text}, "
            + $"SignedHeaders={signedHeaders}, Signature={signature}"));
        return added.ToImmutable();
    }
}
