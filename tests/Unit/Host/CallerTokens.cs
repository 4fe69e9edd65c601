using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Sento.Identity.AwsCallers;

namespace Sento.Tests.Unit.Host;

/// <summary>Presigned requests that are well made; whether they are signed only AWS knows.</summary>
internal static class CallerTokens
{
    public const string Region = "eu-central-1";

    /// <param name="number">Tells a key's tokens apart: it stands for their signature.</param>
    public static string Make(string key, int number, DateTimeOffset now)
    {
        var date = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var url = $"https://sts.{Region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
            + $"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F{date[..8]}"
            + $"%2F{Region}%2Fsts%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires=60"
            + $"&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature={number:x64}";
        return CallerToken.Prefix + Base64Url.EncodeToString(Encoding.ASCII.GetBytes(url));
    }
}
