using System.Security.Cryptography;
using Sento.Vault.Storage;

namespace Sento.Vault;

/// <summary>Names and ARNs of secrets. Pure but for the random end of a new ARN.</summary>
public static class SecretId
{
    public const int NameCharactersMax = 512;
    private const int EndCharacters = 7;
    private const string EndAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static bool IsName(string text) => text.Length is > 0 and <= NameCharactersMax
        && text.All(c => char.IsAsciiLetterOrDigit(c) || "-/_+=.@!".Contains(c, StringComparison.Ordinal));

    public static bool IsArn(string text) => text.StartsWith("arn:", StringComparison.Ordinal);

    /// <summary>
    /// A new ARN never equals that of an earlier secret of the name: old policies do not fit it.
    /// </summary>
    public static string NewArn(string region, string accountId, string name) =>
        $"arn:aws:secretsmanager:{region}:{accountId}:secret:{name}-"
        + RandomNumberGenerator.GetString(EndAlphabet, EndCharacters - 1);

    /// <summary>Whether this is how the ARN of a secret of this name ends.</summary>
    public static bool IsNameWithEnd(string text, string name) =>
        text.Length == name.Length + EndCharacters && text.StartsWith(name, StringComparison.Ordinal)
        && text[name.Length] == '-' && text[(name.Length + 1)..].All(char.IsAsciiLetterOrDigit);

    /// <summary>The exact ARN, then the exact name, then an ARN without its random end.</summary>
    internal static SecretRecord? Resolve(RecordCache cache, string secretId)
    {
        if (!IsArn(secretId))
            return cache.ByName(secretId);
        if (cache.ByArn(secretId) is { } exact)
            return exact;
        var parts = secretId.Split(':', 7);
        var named = parts is [_, _, _, _, _, _, { } name] ? cache.ByName(name) : null;
        return named is not null && named.Arn.Length == secretId.Length + EndCharacters
            && named.Arn.StartsWith(secretId, StringComparison.Ordinal) ? named : null;
    }
}
