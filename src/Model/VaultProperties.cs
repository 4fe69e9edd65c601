using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.VaultConfig>;

namespace Sento.Model;

/// <summary>Vault, property by property.</summary>
public static class VaultProperties
{
    public static readonly VaultConfig Blank = new();

    /// <summary>As for functions of Lambda.</summary>
    private const int HookNameCharactersMax = 64;

    public static readonly ImmutableArray<Property<VaultConfig>> All =
    [
        Text(
            "Folder", Own, v => v.Folder, (v, text) => v with { Folder = text },
            "The vault's folder, as sento setup made it; left out: vault where Sento keeps its state "
            + "(STATE_DIRECTORY, else ~/.local/state/sento), if there is one.", type: "path"),
        Text(
            "KeyRing", Own, v => v.KeyRing, (v, text) => v with { KeyRing = text },
            "Where the keys are that the vault is sealed with; left out: the file vault-keys beside the "
            + "folder.",
            type: "source", range: "file:PATH, env:NAME or command:LINE"),
        Duration(
            "PasswordOverlap", "1s", "7d", v => v.PasswordOverlap, (v, time) =>
                v with { PasswordOverlap = time },
            "After a rotation clients may sign in with passwords that were current before for as long."),
        Duration(
            "RefreshInterval", "1s", "1d", v => v.RefreshInterval, (v, time) =>
                v with { RefreshInterval = time },
            "How often secrets of aws:, file: and env: are read again, and at once when a password is "
            + "refused; those of the vault are known at once."),
        Text(
            "AwsRoleArn", Own, v => v.AwsRoleArn, (v, text) => v with { AwsRoleArn = text },
            "The role to assume for reading secrets of aws:; left out: none.",
            range: "arn:PARTITION:iam::ACCOUNT:role/NAME", check: CheckRole),
        List(
            "RotationHooks", Own, v => v.RotationHooks, (v, list) => v with { RotationHooks = list },
            "Functions that rotate in your stead: the steps are posted to the URL as to a Lambda.",
            "list", range: "NAME=URL", check: CheckHook),
        Section("Replicas", Own, "Vaults of other regions, where copies can be kept.", isList: true),
    ];

    /// <summary>The name and the URL of a hook; null: it is none.</summary>
    public static (string Name, Uri Url)? HookOf(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at is > 0 and <= HookNameCharactersMax
            && text[..at].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && Uri.TryCreate(text[(at + 1)..], UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" && url.UserInfo.Length == 0
                ? (text[..at], url)
                : null;
    }

    /// <summary>Says nothing of what it was given: a password may stand in it.</summary>
    private static string? CheckHook(string text) => HookOf(text) is null
        ? $"each is NAME=URL: up to {HookNameCharactersMax} letters, digits, - and _, then an http or https "
            + "address without user and password"
        : null;

    internal static string? CheckRole(string text) =>
        text.Split(':') is ["arn", _, "iam", "", { Length: 12 }, { } role]
        && role.StartsWith("role/", StringComparison.Ordinal)
            ? null
            : $"\"{text}\" is not the ARN of a role: arn:aws:iam::123456789012:role/reader";
}
