using System.Globalization;

namespace Sento.Identity.SigV4;

/// <summary>
/// <c>AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…</c>, commas with or without spaces.
/// </summary>
internal static class AuthorizationHeader
{
    public static SignatureClaim? Read(SignedRequest request, string header, out SigV4Refusal? refusal)
    {
        if (header.Length > IdentityLimits.AuthorizationCharactersMax)
            return SignatureClaim.Refuse(
                SignatureClaim.Incomplete("Authorization is too long."), out refusal);
        const string start = SignatureClaim.Algorithm + " ";
        if (!header.StartsWith(start, StringComparison.Ordinal))
        {
            return SignatureClaim.Refuse(
                SignatureClaim.Incomplete($"Authorization must begin with '{SignatureClaim.Algorithm}'."),
                out refusal);
        }
        string? credential = null, signedHeaders = null, signature = null;
        foreach (var part in header[start.Length..].Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var isNew = (equals < 0 ? "" : part[..equals]) switch
            {
                "Credential" => Take(ref credential, part[(equals + 1)..]),
                "SignedHeaders" => Take(ref signedHeaders, part[(equals + 1)..]),
                "Signature" => Take(ref signature, part[(equals + 1)..]),
                _ => false,
            };
            if (!isNew)
            {
                return SignatureClaim.Refuse(
                    SignatureClaim.Incomplete(
                        "Authorization must hold Credential, SignedHeaders and Signature, each once."),
                    out refusal);
            }
        }
        if (Missing(credential, signedHeaders, signature) is { } missing)
        {
            return SignatureClaim.Refuse(
                SignatureClaim.Incomplete(
                    $"Authorization header requires '{missing}' parameter."), out refusal);
        }
        if (ReadDate(request) is not { } amzDate)
        {
            return SignatureClaim.Refuse(
                SignatureClaim.Incomplete(
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
                out refusal);
        }
        var token = request.Single("X-Amz-Security-Token", out var isRepeated);
        if (isRepeated)
            return SignatureClaim.Refuse(SignatureClaim.Invalid, out refusal);
        return SignatureClaim.Make(
            credential!, signedHeaders!, signature!, amzDate, token, null, out refusal);
    }

    private static bool Take(ref string? slot, string value)
    {
        var isNew = slot is null;
        slot ??= value;
        return isNew;
    }

    private static string? Missing(string? credential, string? signedHeaders, string? signature)
    {
        if (string.IsNullOrEmpty(credential))
            return "Credential";
        if (string.IsNullOrEmpty(signedHeaders))
            return "SignedHeaders";
        return string.IsNullOrEmpty(signature) ? "Signature" : null;
    }

    private static string? ReadDate(SignedRequest request)
    {
        if (request.Single("X-Amz-Date", out var isRepeated) is { } amzDate)
            return isRepeated ? null : amzDate;
        if (request.Single("Date", out isRepeated) is not { } date || isRepeated)
            return null;
        return DateTimeOffset.TryParseExact(
            date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
            ? AmzDate.Show(parsed)
            : date;
    }
}
