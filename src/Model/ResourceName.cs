namespace Sento.Model;

/// <summary>
/// What RDS allows as the name of a proxy or an endpoint. Amazon RDS API reference, CreateDBProxy,
/// DBProxyName.
/// </summary>
internal static class ResourceName
{
    public const string Range = "1 to 63 letters, digits and single hyphens, a letter first, no hyphen last";

    private const int CharactersMax = 63;

    public static string? Check(string name) =>
        IsName(name) ? null : $"\"{name}\" is not a name; allowed: {Range}";

    private static bool IsName(string name)
    {
        if (name.Length is 0 or > CharactersMax || !char.IsAsciiLetter(name[0]))
            return false;
        var last = name[0];
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && (character != '-' || last == '-'))
                return false;
            last = character;
        }
        return last != '-';
    }
}
