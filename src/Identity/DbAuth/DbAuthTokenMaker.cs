using Sento.Base;
using Sento.Identity.SigV4;

namespace Sento.Identity.DbAuth;

/// <summary>Makes sign-in tokens as AWS's tools do.</summary>
public static class DbAuthTokenMaker
{
    private const int LifeSeconds = 900;

    /// <param name="host">As the endpoint is advertised; an IPv6 address in brackets.</param>
    /// <param name="sessionToken">Of temporary credentials; null: long-term ones.</param>
    public static string Make(
        string host, int port, string region, string dbUser, string accessKeyId, SecretBytes secret,
        string? sessionToken, DateTimeOffset now)
    {
        var date = AmzDate.Show(now);
        var scope = new CredentialScope(accessKeyId, date[..8], region, DbAuthVerifier.Service);
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("Action", "connect"),
            new("DBUser", dbUser),
            new("X-Amz-Algorithm", SignatureClaim.Algorithm),
            new("X-Amz-Credential", $"{accessKeyId}/{scope.Text}"),
            new("X-Amz-Date", date),
            new("X-Amz-Expires", $"{LifeSeconds}"),
            new("X-Amz-SignedHeaders", "host"),
        };
        if (sessionToken is not null)
            parameters.Add(new("X-Amz-Security-Token", sessionToken));
        var query = CanonicalRequest.Query(parameters);
        var signedHost = port == 443 ? host.ToLowerInvariant() : $"{host.ToLowerInvariant()}:{port}";
        var canonical = CanonicalRequest.Of(
            "GET", "/", query, [new("host", signedHost)], "host", CanonicalRequest.EmptyHash);
        using var key = SigningKey.Derive(secret, scope);
        var signature = Convert.ToHexStringLower(key.Sign(SigningKey.StringToSign(scope, date, canonical)));
        return $"{host}:{port}/?{query}&X-Amz-Signature={signature}";
    }
}
