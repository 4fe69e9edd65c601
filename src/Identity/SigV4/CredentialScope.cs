using System.Diagnostics.CodeAnalysis;

namespace Sento.Identity.SigV4;

/// <summary>What a signature is good for: <c>KEY/20150830/us-east-1/service/aws4_request</c>.</summary>
/// <param name="Date">Eight digits.</param>
public sealed record CredentialScope(string AccessKeyId, string Date, string Region, string Service)
{
    private const string Terminator = "aws4_request";

    /// <summary>What is signed: the scope without the key's id.</summary>
    public string Text => $"{Date}/{Region}/{Service}/{Terminator}";

    public static bool TryParse(string credential, [NotNullWhen(true)] out CredentialScope? scope)
    {
        scope = null;
        var parts = credential.Split('/', 6);
        if (parts.Length != 5 || parts[4] != Terminator)
            return false;
        if (!IsId(parts[0]) || !IsDate(parts[1]) || !IsName(parts[2]) || !IsName(parts[3]))
            return false;
        scope = new CredentialScope(parts[0], parts[1], parts[2], parts[3]);
        return true;
    }

    private static bool IsId(string text) =>
        text.Length is > 0 and <= IdentityLimits.AccessKeyIdCharactersMax
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsDate(string text) => text.Length == 8 && text.All(char.IsAsciiDigit);

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
