using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Sento.Identity.Principals;

namespace Sento.Identity.SigV4;

/// <summary>Says who signed an HTTP request, or why it is refused. Pure; any thread.</summary>
/// <remarks>
/// Takes requests signed by header and presigned ones, AWS4-HMAC-SHA256. A presigned request has an empty
/// body. Requests may be replayed while their time lasts, as at AWS: whoever serves them over plain HTTP
/// trusts the network.
/// </remarks>
/// <param name="regions">Regions that a signature may be for.</param>
public sealed class RequestVerifier(CredentialResolver credentials, ImmutableArray<string> regions)
{
    /// <param name="service">Whose API is called: the name that must stand in the credential's scope.</param>
    public SigV4Result Verify(SignedRequest request, string service, DateTimeOffset now)
    {
        if (request.Excess() is { } excess)
            return Refuse(SigV4Error.RequestTooLarge, excess);
        if (SignatureClaim.Read(request, out var refusal) is not { } claim)
            return SigV4Result.Refused(refusal!);
        if (CheckScope(claim.Scope, service) is { } wrongScope)
            return Refuse(SigV4Error.SignatureDoesNotMatch, wrongScope);
        if (CheckTime(claim, now) is { } wrongTime)
            return Refuse(SigV4Error.SignatureDoesNotMatch, wrongTime);
        if (UnsignedHeader(request, claim) is { } unsigned)
        {
            return Refuse(
                SigV4Error.SignatureDoesNotMatch,
                    $"'{unsigned}' must be a 'SignedHeader' in the AWS Authorization.");
        }
        if (Canonical(request, claim, out var canonical) is { } malformed)
            return SigV4Result.Refused(malformed);
        var found = credentials.Resolve(claim.Scope.AccessKeyId, claim.SessionToken, now);
        using var key = SigningKey.Derive(found.Secret, claim.Scope);
        var stringToSign = SigningKey.StringToSign(claim.Scope, claim.AmzDate, canonical);
        var isRight = key.IsSignature(claim.Signature, stringToSign);
        if (found.Status == CredentialStatus.TokenExpired)
        {
            return Refuse(
                SigV4Error.ExpiredToken, "The security token included in the request is expired");
        }
        if (found.Principal is null)
            return SigV4Result.Refused(SignatureClaim.Invalid);
        if (!isRight)
            return Refuse(
                SigV4Error.SignatureDoesNotMatch, Explain(canonical, stringToSign, claim.SessionToken));
        return SigV4Result.Verified(found.Principal, claim.Scope, claim.SignedAt);
    }

    private string? CheckScope(CredentialScope scope, string service)
    {
        if (scope.Service != service)
            return $"Credential should be scoped to correct service: '{service}'.";
        return regions.Contains(scope.Region)
            ? null
            : $"Credential should be scoped to a valid region, not '{scope.Region}'.";
    }

    private static string? CheckTime(SignatureClaim claim, DateTimeOffset now)
    {
        var minutes = (int)IdentityLimits.ClockSkew.TotalMinutes;
        if (claim.SignedAt > now + IdentityLimits.ClockSkew)
        {
            return $"Signature not yet current: {claim.AmzDate} is still later than "
                + $"{AmzDate.Show(now + IdentityLimits.ClockSkew)} ({AmzDate.Show(now)} + {minutes} min.)";
        }
        if (claim.Life is { } life)
        {
            var end = claim.SignedAt
                + (life < IdentityLimits.PresignedLife ? life : IdentityLimits.PresignedLife);
            return now > end
                ? $"Signature expired: {AmzDate.Show(now)} is later than {AmzDate.Show(end)}"
                : null;
        }
        return claim.SignedAt < now - IdentityLimits.ClockSkew
            ? $"Signature expired: {claim.AmzDate} is now earlier than "
                + $"{AmzDate.Show(now - IdentityLimits.ClockSkew)} ({AmzDate.Show(now)} - {minutes} min.)"
            : null;
    }

    /// <summary>
    /// A header that means something must be signed, or somebody on the way could change what it means.
    /// </summary>
    private static string? UnsignedHeader(SignedRequest request, SignatureClaim claim)
    {
        if (!claim.SignedHeaders.Contains("host"))
            return "Host";
        foreach (var (name, _) in request.Headers)
        {
            var lower = name.ToLowerInvariant();
            var matters = lower == "content-type" || lower.StartsWith("x-amz-", StringComparison.Ordinal);
            if (matters && !claim.SignedHeaders.Contains(lower) && !IsAddedAfterSigning(claim, lower))
                return name;
        }
        return null;
    }

    // Some clients add the session token after signing; it is authenticated by itself, and bound to its key.
    private static bool IsAddedAfterSigning(SignatureClaim claim, string name) =>
        name == "x-amz-security-token" && claim.Life is null;

    internal static SigV4Refusal? Canonical(SignedRequest request, SignatureClaim claim, out string canonical)
    {
        canonical = "";
        if (!QueryString.TryParse(request.Query, out var parameters))
            return SignatureClaim.Incomplete("The query string is malformed.");
        if (CanonicalRequest.Headers(request, claim.SignedHeaders) is not { } headers)
            return SignatureClaim.Incomplete("A header named in SignedHeaders is absent.");
        var hash = Convert.ToHexStringLower(SHA256.HashData(request.Body.Span));
        var stated = request.Single("X-Amz-Content-SHA256", out var isRepeated);
        if (isRepeated || (stated is not null && stated != hash))
        {
            return new SigV4Refusal(
                SigV4Error.SignatureDoesNotMatch,
                "The value of X-Amz-Content-SHA256 is not the SHA-256 of the body.");
        }
        if (claim.Life is not null && !request.Body.IsEmpty)
            return SignatureClaim.Incomplete("A presigned request has no body.");
        var query = claim.Life is null
            ? CanonicalRequest.Query(parameters)
            : CanonicalRequest.PresignedQuery(parameters);
        canonical = CanonicalRequest.Of(
            request.Method, CanonicalRequest.Path(request.Path), query, headers,
            string.Join(';', claim.SignedHeaders), hash);
        return null;
    }

    /// <summary>
    /// With both texts, as AWS: nearly every wrong signature is a difference in one of them.
    /// </summary>
    private static string Explain(string canonical, string stringToSign, string? sessionToken)
    {
        var shown = canonical;
        if (!string.IsNullOrEmpty(sessionToken))
        {
            shown = shown.Replace(sessionToken, "(not shown)", StringComparison.Ordinal)
                .Replace(PercentCoding.Encode(sessionToken), "(not shown)", StringComparison.Ordinal);
        }
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The request signature we calculated does not match the signature you provided. Check your AWS "
            + $"Secret Access Key and signing method. Consult the service documentation for details.\n\n"
            + $"The Canonical String for this request should have been\n'{shown}'\n\n"
            + $"The String-to-Sign should have been\n'{stringToSign}'\n");
    }

    private static SigV4Result Refuse(SigV4Error error, string message) =>
        SigV4Result.Refused(new SigV4Refusal(error, message));
}
