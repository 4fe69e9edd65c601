using System.Text.RegularExpressions;

namespace Sento.Model;

/// <summary>What RDS allows as the name of a proxy or an endpoint.</summary>
internal static partial class ResourceName
{
    public const string Range = "1 to 63 letters, digits and single hyphens, a letter first, no hyphen last";

    private const int CharactersMax = 63;

    public static string? Check(string name) =>
        name.Length <= CharactersMax && Pattern().IsMatch(name)
            ? null
            : $"\"{name}\" is not a name; allowed: {Range}";

    // Amazon RDS API reference, CreateDBProxy, DBProxyName: the pattern of the name.
    [GeneratedRegex(
        @"\A[a-zA-Z](?:-?[a-zA-Z0-9]+)*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
