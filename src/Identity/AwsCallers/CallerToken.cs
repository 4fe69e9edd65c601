using System.Collections.Immutable;
using System.Text;
using Sento.Identity.DbAuth;
using Sento.Identity.SigV4;

namespace Sento.Identity.AwsCallers;

/// <summary>
/// A presigned GetCallerIdentity, as aws eks get-token makes it: taken apart, and made anew as the question
/// that STS is asked. Nothing of what the client sent is sent on but what is checked here. Immutable.
/// </summary>
public sealed class CallerToken
{
    public const string Prefix = "k8s-aws-v1.";

    /// <summary>The header whose value is the verifier's own: a token for another server is none.</summary>
    public const string ServerHeader = "x-k8s-aws-id";

    private const string Scheme = "https://";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
        "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature",
    };

    private CallerToken(string host, string region, string query, SignatureClaim claim) =>
        (Host, Region, Query, Claim) = (host, region, query, claim);

    /// <summary>STS's, of the list that was allowed.</summary>
    public string Host { get; }

    public string Region { get; }

    /// <summary>To be asked at that host, encoded anew.</summary>
    public string Query { get; }

    public string AccessKeyId => Claim.Scope.AccessKeyId;

    /// <summary>From then on STS takes it no more, whatever it says itself.</summary>
    public DateTimeOffset ExpiresAt => Claim.SignedAt + IdentityLimits.PresignedLife;

    private SignatureClaim Claim { get; }

    /// <param name="regions">Whose STS may be asked.</param>
    public static DbAuthVerdict Read(
        string text, ImmutableArray<string> regions, DateTimeOffset now, out CallerToken? token)
    {
        token = null;
        if (text.Length > IdentityLimits.DbAuthTokenCharactersMax)
            return DbAuthVerdict.TooLong;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return DbAuthVerdict.NotAToken;
        if (!StrictBase64Url.TryDecode(text.AsSpan(Prefix.Length), out var bytes) || !Ascii.IsValid(bytes)
            || Encoding.ASCII.GetString(bytes) is not { } url
            || !url.StartsWith(Scheme, StringComparison.Ordinal))
            return DbAuthVerdict.Malformed;
        var rest = url[Scheme.Length..];
        var cut = rest.IndexOf("/?", StringComparison.Ordinal);
        if (cut < 0)
            return DbAuthVerdict.Malformed;
        var host = rest[..cut];
        var region = regions.FirstOrDefault(region => HostsOf(region).Contains(host, StringComparer.Ordinal));
        if (region is null)
            return DbAuthVerdict.IssuerUnknown;
        if (!QueryString.TryParse(rest[(cut + 2)..], out var parameters))
            return DbAuthVerdict.Malformed;
        return Check(parameters, region, now) is { } verdict
            ? verdict
            : Make(host, region, parameters, out token);
    }

    /// <summary>The names of a region's STS; the one without a region is us-east-1's.</summary>
    public static IEnumerable<string> HostsOf(string region)
    {
        var isChina = region.StartsWith("cn-", StringComparison.Ordinal);
        yield return $"sts.{region}.amazonaws.com{(isChina ? ".cn" : "")}";
        if (region == "us-east-1")
            yield return "sts.amazonaws.com";
    }

    private static DbAuthVerdict? Check(
        List<KeyValuePair<string, string>> parameters, string region, DateTimeOffset now)
    {
        if (QueryString.Repeated(parameters) is not null)
            return DbAuthVerdict.ParameterRepeated;
        if (parameters.Exists(parameter => !Known.Contains(parameter.Key)))
            return DbAuthVerdict.ParameterUnknown;
        if (QueryString.Find(parameters, "Action") != "GetCallerIdentity"
            || QueryString.Find(parameters, "Version") != "2011-06-15")
            return DbAuthVerdict.ActionWrong;
        if (SignatureClaim.OfParameters(parameters, out _) is not { } claim
            || claim.SignedHeaders is not ["host", ServerHeader])
            return DbAuthVerdict.Malformed;
        if (claim.Scope.Service != "sts")
            return DbAuthVerdict.ServiceWrong;
        if (claim.Scope.Region != region)
            return DbAuthVerdict.RegionWrong;
        // First: nothing can be added to the last second of all.
        if (claim.SignedAt > now + IdentityLimits.ClockSkew)
            return DbAuthVerdict.FromTheFuture;
        return now > claim.SignedAt + IdentityLimits.PresignedLife ? DbAuthVerdict.Expired : null;
    }

    private static DbAuthVerdict Make(
        string host, string region, List<KeyValuePair<string, string>> parameters, out CallerToken token)
    {
        var query = string.Join('&', parameters.Select(
            parameter => $"{PercentCoding.Encode(parameter.Key)}={PercentCoding.Encode(parameter.Value)}"));
        token = new CallerToken(host, region, query, SignatureClaim.OfParameters(parameters, out _)!);
        return DbAuthVerdict.Good;
    }
}
