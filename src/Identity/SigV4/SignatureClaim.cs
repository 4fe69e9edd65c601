using System.Collections.Immutable;
using System.Globalization;

namespace Sento.Identity.SigV4;

/// <summary>What a request says of its own signature, before any of it is believed.</summary>
internal sealed record SignatureClaim
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    private const int SignatureBytes = 32;

    public required CredentialScope Scope { get; init; }

    /// <summary>Lower case, sorted, each once.</summary>
    public required ImmutableArray<string> SignedHeaders { get; init; }

    public required byte[] Signature { get; init; }

    /// <summary>As X-Amz-Date; one made of Date when only that was sent.</summary>
    public required string AmzDate { get; init; }

    public required DateTimeOffset SignedAt { get; init; }

    public string? SessionToken { get; init; }

    /// <summary>Of a presigned request; null: signed by headers.</summary>
    public TimeSpan? Life { get; init; }

    public static SignatureClaim? Read(SignedRequest request, out SigV4Refusal? refusal)
    {
        var authorization = request.Single("Authorization", out var isRepeated);
        if (isRepeated)
            return Refuse(Incomplete("There is more than one Authorization header."), out refusal);
        if (authorization is not null)
            return AuthorizationHeader.Read(request, authorization, out refusal);
        if (request.Query.Contains("X-Amz-Algorithm=", StringComparison.Ordinal))
            return ReadQuery(request, out refusal);
        refusal = new SigV4Refusal(
            SigV4Error.MissingAuthenticationToken, "Request is missing Authentication Token");
        return null;
    }

    /// <summary>The claim inside presigned parameters; every one of them must be there once.</summary>
    public static SignatureClaim? OfParameters(
        List<KeyValuePair<string, string>> parameters, out SigV4Refusal? refusal)
    {
        if (QueryString.Repeated(parameters) is { } repeated)
            return Refuse(Incomplete($"The parameter {repeated} comes more than once."), out refusal);
        foreach (var name in (ReadOnlySpan<string>)
            ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
                "X-Amz-Signature"])
        {
            if (QueryString.Find(parameters, name) is null or "")
                return Refuse(Incomplete($"AWS query-string parameters must include {name}."), out refusal);
        }
        string Value(string name) => QueryString.Find(parameters, name)!;
        if (Value("X-Amz-Algorithm") != Algorithm)
            return Refuse(Incomplete($"X-Amz-Algorithm must be {Algorithm}."), out refusal);
        var expires = Value("X-Amz-Expires");
        if (!int.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > 604_800)
            return Refuse(
                Incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800."), out refusal);
        return Make(
            Value("X-Amz-Credential"), Value("X-Amz-SignedHeaders"), Value("X-Amz-Signature"),
            Value("X-Amz-Date"), QueryString.Find(parameters, "X-Amz-Security-Token"),
            TimeSpan.FromSeconds(seconds), out refusal);
    }

    public static SignatureClaim? Make(
        string credential, string signedHeaders, string signature, string amzDate, string? sessionToken,
        TimeSpan? life, out SigV4Refusal? refusal)
    {
        if (!CredentialScope.TryParse(credential, out var scope))
        {
            return Refuse(
                Incomplete("Credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request."), out refusal);
        }
        if (!SigV4.AmzDate.TryParse(amzDate, out var signedAt))
            return Refuse(
                Incomplete("Date must be in ISO-8601 'basic format', YYYYMMDDTHHMMSSZ."), out refusal);
        if (!amzDate.StartsWith(scope.Date, StringComparison.Ordinal))
        {
            return Refuse(
                new SigV4Refusal(
                    SigV4Error.SignatureDoesNotMatch,
                    $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: "
                    + $"'{scope.Date}' != '{amzDate[..8]}'."),
                out refusal);
        }
        if (ReadNames(signedHeaders) is not { } names)
        {
            return Refuse(
                Incomplete("SignedHeaders must be lower-case names, sorted, with ';' between them."),
                out refusal);
        }
        if (signature.Length != 2 * SignatureBytes || !signature.All(char.IsAsciiHexDigitLower))
            return Refuse(Incomplete("Signature must be 64 lower-case hexadecimal digits."), out refusal);
        if (sessionToken is { Length: > IdentityLimits.SessionTokenCharactersMax })
            return Refuse(Invalid, out refusal);
        refusal = null;
        return new SignatureClaim
        {
            Scope = scope,
            SignedHeaders = names,
            Signature = Convert.FromHexString(signature),
            AmzDate = amzDate,
            SignedAt = signedAt,
            SessionToken = sessionToken,
            Life = life,
        };
    }

    public static SigV4Refusal Incomplete(string message) => new(SigV4Error.IncompleteSignature, message);

    public static SigV4Refusal Invalid { get; } = new(
        SigV4Error.UnknownCredentials, "The security token included in the request is invalid.");

    private static SignatureClaim? ReadQuery(SignedRequest request, out SigV4Refusal? refusal)
    {
        if (!QueryString.TryParse(request.Query, out var parameters))
            return Refuse(Incomplete("The query string is malformed."), out refusal);
        return OfParameters(parameters, out refusal);
    }

    private static ImmutableArray<string>? ReadNames(string text)
    {
        var names = text.Split(';', IdentityLimits.SignedHeadersMax + 1);
        if (names.Length > IdentityLimits.SignedHeadersMax)
            return null;
        for (var i = 0; i < names.Length; i++)
        {
            var isName =
                names[i].Length > 0 && names[i].All(c => c is > ' ' and < '\x7f' and not (':' or ','))
                && !names[i].Any(char.IsAsciiLetterUpper);
            if (!isName || (i > 0 && string.CompareOrdinal(names[i - 1], names[i]) >= 0))
                return null;
        }
        return [.. names];
    }

    internal static SignatureClaim? Refuse(SigV4Refusal why, out SigV4Refusal? refusal)
    {
        refusal = why;
        return null;
    }
}
