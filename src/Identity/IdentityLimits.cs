namespace Sento.Identity;

/// <summary>
/// Bounds of what strangers may send before they are known: each is checked before anything is allocated
/// for it, and above each the request is refused.
/// </summary>
public static class IdentityLimits
{
    /// <summary>Characters of an access key's id; AWS's have 16 to 128.</summary>
    public const int AccessKeyIdCharactersMax = 128;

    /// <summary>Characters of an Authorization header: the longest id, scope and signed headers.</summary>
    public const int AuthorizationCharactersMax = 4096;

    /// <summary>Header lines of one request.</summary>
    public const int HeadersMax = 128;

    /// <summary>Characters of all header names and values of one request.</summary>
    public const int HeaderCharactersMax = 64 * 1024;

    /// <summary>Names in SignedHeaders; the most talkative tool signs about twelve.</summary>
    public const int SignedHeadersMax = 64;

    /// <summary>Characters of a path.</summary>
    public const int PathCharactersMax = 2048;

    /// <summary>
    /// Characters of a query string; a presigned request with a session token has about 3000.
    /// </summary>
    public const int QueryCharactersMax = 16 * 1024;

    /// <summary>Parameters of a query string.</summary>
    public const int QueryParametersMax = 256;

    /// <summary>Bytes of a request body. GetSecretValue and its relatives stay below 200 kB.</summary>
    public const int BodyBytesMax = 1 << 20;

    /// <summary>Characters of a session token; AWS's have up to about 2500.</summary>
    public const int SessionTokenCharactersMax = 4096;

    /// <summary>Characters of a database sign-in token: host, query and a session token.</summary>
    public const int DbAuthTokenCharactersMax = 8192;

    /// <summary>Characters of a web identity token; Entra's with many groups have about 6000.</summary>
    public const int WebTokenCharactersMax = 16 * 1024;

    /// <summary>Bytes of a policy document. AWS: 20,480 for secrets, less elsewhere.</summary>
    public const int PolicyBytesMax = 20_480;

    /// <summary>Statements of one policy.</summary>
    public const int PolicyStatementsMax = 256;

    /// <summary>Levels of JSON inside a policy: a condition's value is the deepest, at seven.</summary>
    public const int PolicyDepthMax = 8;

    /// <summary>Characters of one pattern, action or value in a policy.</summary>
    public const int PolicyTextCharactersMax = 2048;

    /// <summary>Faults that are listed of one policy; the rest is only counted.</summary>
    public const int PolicyFaultsMax = 50;

    /// <summary>Time by which the clocks of client and server may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Longest life of a presigned request or sign-in token; what it asks for beyond is cut.
    /// </summary>
    public static readonly TimeSpan PresignedLife = TimeSpan.FromMinutes(15);
}
