namespace Sento.Base;

/// <summary>What users, roles and issuers may be called, whoever names them: a file or the API.</summary>
public static class IdentityNames
{
    public const string Letters = "letters, digits and +=,.@_-";

    public static bool IsName(string name, int charactersMax = 64, int charactersMin = 1) =>
        name.Length >= charactersMin && name.Length <= charactersMax
        && name.All(c => char.IsAsciiLetterOrDigit(c) || "+=,.@_-".Contains(c, StringComparison.Ordinal));

    /// <summary>
    /// An https URL without a query. Keys that somebody could exchange on their way would let anybody in:
    /// http is for loopback only.
    /// </summary>
    public static bool IsIssuerUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.UserInfo.Length == 0
        && url.Query.Length == 0 && url.Fragment.Length == 0
        && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback));
}
