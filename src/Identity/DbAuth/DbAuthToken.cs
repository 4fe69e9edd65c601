using System.Buffers;
using Sento.Identity.SigV4;

namespace Sento.Identity.DbAuth;

/// <summary>
/// A sign-in token taken apart: a presigned GET without its scheme, <c>host:port/?Action=connect&amp;…</c>.
/// </summary>
/// <remarks>
/// Never read with <see cref="Uri"/>, which tidies up: what was signed is what stands there. RDS, IAM
/// database authentication for MariaDB, MySQL and PostgreSQL.
/// </remarks>
internal sealed class DbAuthToken
{
    private const string Separator = "/?";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "Action", "DBUser", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
        "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature",
    };

    private static readonly SearchValues<char> NotInHost = SearchValues.Create(" \t\r\n?/");

    private static readonly SearchValues<byte> NotInHostBytes = SearchValues.Create(" \t\r\n?/"u8);

    private readonly List<KeyValuePair<string, string>> _parameters;

    private DbAuthToken(
        string host, HostAndPort address, List<KeyValuePair<string, string>> parameters, SignatureClaim claim)
    {
        Host = host;
        Address = address;
        _parameters = parameters;
        Claim = claim;
    }

    /// <summary>As it stands in the token.</summary>
    public string Host { get; }

    public HostAndPort Address { get; }

    public SignatureClaim Claim { get; }

    public string Action => QueryString.Find(_parameters, "Action") ?? "";

    public string DBUser => QueryString.Find(_parameters, "DBUser") ?? "";

    /// <summary>Whether a password is meant as a token; says nothing of whether it is a good one.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<char> text)
    {
        var cut = text.IndexOf(Separator, StringComparison.Ordinal);
        return cut > 0 && !text[..cut].ContainsAny(NotInHost)
            && text[cut..].Contains("Action=connect", StringComparison.Ordinal)
            && text[cut..].Contains("X-Amz-Signature=", StringComparison.Ordinal);
    }

    /// <summary>The same of bytes, as they come in a password message.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<byte> text)
    {
        var cut = text.IndexOf("/?"u8);
        return cut > 0 && !text[..cut].ContainsAny(NotInHostBytes)
            && text[cut..].IndexOf("Action=connect"u8) >= 0 && text[cut..].IndexOf("X-Amz-Signature="u8) >= 0;
    }

    public static DbAuthVerdict Read(string text, out DbAuthToken? token)
    {
        token = null;
        if (text.Length > IdentityLimits.DbAuthTokenCharactersMax)
            return DbAuthVerdict.TooLong;
        if (!LooksLikeOne(text))
            return DbAuthVerdict.NotAToken;
        var cut = text.IndexOf(Separator, StringComparison.Ordinal);
        var host = text[..cut];
        if (!HostAndPort.TryParse(host, out var address)
            || !QueryString.TryParse(text[(cut + Separator.Length)..], out var parameters))
            return DbAuthVerdict.Malformed;
        if (QueryString.Repeated(parameters) is not null)
            return DbAuthVerdict.ParameterRepeated;
        foreach (var (name, _) in parameters)
        {
            if (!Known.Contains(name))
                return DbAuthVerdict.ParameterUnknown;
        }
        if (SignatureClaim.OfParameters(parameters, out _) is not { } claim
            || claim.SignedHeaders is not ["host"])
            return DbAuthVerdict.Malformed;
        token = new DbAuthToken(host, address, parameters, claim);
        return DbAuthVerdict.Good;
    }

    /// <summary>
    /// What may have been signed: tools differ in whether they lower the host's case and keep port 443.
    /// </summary>
    public IEnumerable<string> StringsToSign()
    {
        const string httpsPort = ":443";
        var bare = Host.EndsWith(httpsPort, StringComparison.Ordinal) ? Host[..^httpsPort.Length] : Host;
        var query = CanonicalRequest.PresignedQuery(_parameters);
        List<string> hosts = [Host, Host.ToLowerInvariant(), bare, bare.ToLowerInvariant()];
        if (Address.Port == 443)
            hosts.Add(bare + httpsPort);
        foreach (var host in hosts.Distinct(StringComparer.Ordinal))
        {
            var canonical = CanonicalRequest.Of(
                "GET", "/", query, [new("host", host)], "host", CanonicalRequest.EmptyHash);
            yield return SigningKey.StringToSign(Claim.Scope, Claim.AmzDate, canonical);
        }
    }
}
