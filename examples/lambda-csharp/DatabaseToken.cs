using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Util;

namespace Example;

/// <summary>
/// A sign-in token of RDS by the signer of AWSSDK.Core. Who has AWSSDK.RDS writes instead:
/// <c>RDSAuthTokenGenerator.GenerateAuthToken(region, host, port, user)</c>.
/// </summary>
internal static class DatabaseToken
{
    private const string Service = "rds-db";

    public static string Sign(string host, int port, string user, string region)
    {
        // Lambda's are in the environment; elsewhere a profile or a role.
        var keys = DefaultAWSCredentialsIdentityResolver.GetCredentials().GetCredentials();
        var request = new DefaultRequest(new TokenRequest(), Service)
        {
            UseQueryString = true,
            HttpMethod = "GET",
            Endpoint = new UriBuilder("https", host, port).Uri,
        };
        request.Parameters.Add("Action", "connect");
        request.Parameters.Add("DBUser", user);
        request.Parameters.Add("X-Amz-Expires", "900");
        if (keys.UseToken)
            request.Parameters.Add("X-Amz-Security-Token", keys.Token);
        var signature = AWS4PreSignedUrlSigner.SignRequest(
            request, null, new RequestMetrics(), keys.AccessKey, keys.SecretKey, Service, region);
        var url = AmazonServiceClient.ComposeUrl(request).AbsoluteUri;
        return $"{url["https://".Length..]}&{signature.ForQueryParameters}";
    }

    private sealed class TokenRequest : AmazonWebServiceRequest;
}
