using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Sento.Postgres.Pinning;

namespace Sento.Postgres.Client;

/// <summary>
/// Whose token let a client in, before its application_name: ACCOUNT:user/NAME, as pg_stat_activity shows it
/// while the client holds a server connection. It follows the client as each of its settings does.
/// </summary>
public static class ShownPrincipal
{
    private const string Setting = "application_name";
    private const int HashCharacters = 8;

    /// <summary>The same settings, with the principal before the name that the client gave itself.</summary>
    public static ImmutableArray<KeyValuePair<string, string>> AddTo(
        ImmutableArray<KeyValuePair<string, string>> settings, string principal)
    {
        var name = settings.LastOrDefault(setting => IsName(setting.Key)).Value ?? "";
        var shown = Of(principal);
        var both = name.Length == 0 ? shown : LongApplicationName.Cut(Setting, $"{shown} {name}");
        return [.. settings.Where(setting => !IsName(setting.Key)), KeyValuePair.Create(Setting, both)];
    }

    /// <summary>
    /// An ARN without what all have in common. What does not fit, or would not be shown as it is, ends with
    /// a hash of the whole: no two principals look alike.
    /// </summary>
    public static string Of(string principal)
    {
        var parts = principal.Split(':', 6);
        var whole = parts is ["arn", _, _, _, { } account, { } name] ? $"{account}:{name}" : principal;
        var plain = string.Create(whole.Length, whole, (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = text[i] is > ' ' and <= '~' ? text[i] : '?';
        });
        if (plain.Length <= NameText.NameBytesMax && plain == whole)
            return plain;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(principal)));
        var kept = Math.Min(plain.Length, NameText.NameBytesMax - 1 - HashCharacters);
        return $"{plain[..kept]}~{hash[..HashCharacters]}";
    }

    private static bool IsName(string setting) => setting.Equals(Setting, StringComparison.OrdinalIgnoreCase);
}
