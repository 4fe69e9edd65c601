using Sento.Vault;

namespace Sento.Host.Aws;

/// <summary>Where something of AWS's is: its region and partition. Pure but for the environment.</summary>
internal sealed record AwsAddress(string Region, string Partition)
{
    private static readonly string[] RegionVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"];

    /// <summary>Of an ARN; of anything else, the region of the environment. Null: nobody says one.</summary>
    public static AwsAddress? Of(string id)
    {
        if (id.Split(':', 6) is ["arn", { } partition, _, { Length: > 0 } region, _, _])
            return IsName(region) && IsName(partition) ? new AwsAddress(region, partition) : null;
        var named = RegionVariables.Select(Environment.GetEnvironmentVariable)
            .FirstOrDefault(text => !string.IsNullOrEmpty(text));
        return !SecretId.IsArn(id) && named is not null && IsName(named)
            ? new AwsAddress(named, named.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn" : "aws")
            : null;
    }

    /// <summary>
    /// Of a service there, unless AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SERVICE says another, as in its SDKs.
    /// </summary>
    /// <param name="variable">The service's name in the environment, such as SECRETS_MANAGER.</param>
    public Uri EndpointOf(string service, string variable)
    {
        if (GivenEndpoint(variable) is { } url)
            return url;
        var domain = Partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
        return new Uri($"https://{service}.{Region}.{domain}/");
    }

    /// <summary>What the environment says; null: nothing.</summary>
    public static Uri? GivenEndpoint(string variable)
    {
        var given = Environment.GetEnvironmentVariable($"AWS_ENDPOINT_URL_{variable}");
        if (string.IsNullOrEmpty(given))
            given = Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL");
        return Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            ? url
            : null;
    }

    /// <summary>What may stand in a host's name: a region must not lead to another host.</summary>
    private static bool IsName(string text) =>
        text.Length <= 32 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
