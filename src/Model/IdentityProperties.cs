using System.Collections.Immutable;
using Sento.Base;
using static Sento.Model.PropertyOrigin;

namespace Sento.Model;

/// <summary>Identities, property by property.</summary>
public static class IdentityProperties
{
    public static readonly IdentitiesConfig Blank = new();

    public static readonly ImmutableArray<Property<IdentitiesConfig>> All =
    [
        Properties<IdentitiesConfig>.Text(
            "Region", Own, i => i.Region, (i, v) => i with { Region = v },
            "The region that tokens must be made for; left out: the vault's, else us-east-1.",
            range: "as us-east-1", check: CheckRegion),
        Properties<IdentitiesConfig>.Text(
            "Account", Own, i => i.Account, (i, v) => i with { Account = v },
            "The account in ARNs; left out: the vault's, else 000000000000.", range: "twelve digits",
            check: v => v.Length == 12 && v.All(char.IsAsciiDigit) ? null : $"\"{v}\" is not twelve digits"),
        Properties<IdentitiesConfig>.Section(
            "Users", Own, "Who may sign in with a token.", isList: true),
        Properties<IdentitiesConfig>.Section(
            "Issuers", Own, "OpenID Connect providers whose tokens are trusted: Kubernetes, GitHub, Entra, "
            + "Cognito and others.", isList: true),
        Properties<IdentitiesConfig>.Section(
            "AwsCallers", Own, "Users and roles of AWS's own, proved by a presigned GetCallerIdentity."),
    ];

    internal static string? CheckRegion(string region) =>
        region.Length is > 0 and <= 32
        && region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? null
            : $"\"{region}\" is not a region such as us-east-1";
}

/// <summary>An entry of Users, property by property.</summary>
public static class UserProperties
{
    public static readonly UserConfig Blank = new() { UserName = "" };

    public static readonly ImmutableArray<Property<UserConfig>> All =
    [
        Properties<UserConfig>.Text(
            "UserName", Rds, u => u.UserName, (u, v) => u with { UserName = v }, "The user's name, in ARNs.",
            range: "1 to 64 letters, digits and +=,.@_-", check: CheckName, isRequired: true),
        Properties<UserConfig>.Section("AccessKeys", Own, "Keys that sign tokens.", isList: true),
        Properties<UserConfig>.Section("Policies", Rds, "What the user may do.", isList: true),
        Properties<UserConfig>.Section("Tags", Rds, "For conditions: aws:PrincipalTag/KEY.", isList: true),
        Properties<UserConfig>.Unused("Path", "Users have no paths here."),
        Properties<UserConfig>.Unused("Groups", "There are no groups: list the policies."),
    ];

    private static string? CheckName(string name) =>
        IdentityNames.IsName(name)
            ? null
            : $"\"{name}\" is not a user name; allowed: 1 to 64 letters, digits and +=,.@_-";
}

/// <summary>An entry of Tags, property by property.</summary>
public static class TagProperties
{
    public static readonly TagConfig Blank = new("", "");

    public static readonly ImmutableArray<Property<TagConfig>> All =
    [
        Properties<TagConfig>.Text(
            "Key", Rds, t => t.Key, (t, v) => t with { Key = v }, "The tag's name.", isRequired: true),
        Properties<TagConfig>.Text(
            "Value", Rds, t => t.Value, (t, v) => t with { Value = v }, "Its value."),
    ];
}
