using System.Collections.Immutable;
using Sento.Base;
using static Sento.Model.PropertyOrigin;

namespace Sento.Model;

/// <summary>An entry of Issuers, property by property.</summary>
public static class IssuerProperties
{
    private const int ClaimCharactersMax = 2048;

    public static readonly IssuerConfig Blank = new() { Issuer = "" };

    public static readonly ImmutableArray<Property<IssuerConfig>> All =
    [
        Properties<IssuerConfig>.Text(
            "Issuer", Own, i => i.Issuer, (i, v) => i with { Issuer = v },
            "The issuer as its tokens name it, letter by letter.", range: "an https URL", isRequired: true,
            check: CheckUrl),
        Properties<IssuerConfig>.List(
            "Audiences", Own, i => i.Audiences, (i, v) => i with { Audiences = v },
            "Whom tokens must be made for: one of these.", "list", isRequired: true),
        Properties<IssuerConfig>.Text(
            "JwksUri", Own, i => i.JwksUri, (i, v) => i with { JwksUri = v },
            "Where the issuer's keys are; left out: where its discovery document says.",
            range: "an https URL", check: CheckUrl),
        Properties<IssuerConfig>.Text(
            "JwksFile", Own, i => i.JwksFile, (i, v) => i with { JwksFile = v },
            "A file with the keys, where nobody is to be asked. Read again every five minutes.",
            type: "file", isFile: true),
        Properties<IssuerConfig>.Text(
            "AuthorityFile", Own, i => i.AuthorityFile, (i, v) => i with { AuthorityFile = v },
            "PEM file of the authorities that may sign the issuer's certificate; left out: the system's.",
            type: "file", isFile: true),
        Properties<IssuerConfig>.Text(
            "BearerTokenFile", Own, i => i.BearerTokenFile, (i, v) => i with { BearerTokenFile = v },
            "A file with a token to show when keys are asked for, as Kubernetes wants it.",
            type: "file", isFile: true),
        Properties<IssuerConfig>.Section(
            "Users", Own, "Whose tokens sign in as whom: the first entry that fits. None: tokens are good "
            + "for AssumeRoleWithWebIdentity alone.", isList: true),
    ];

    internal static string? CheckUrl(string text) =>
        IdentityNames.IsIssuerUrl(text)
            ? null
            : $"\"{text}\" is not an https URL without a query; http is for loopback only";

    internal static string? CheckClaim(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is var at && at > 0 && at < text.Length - 1
        && text.Length <= ClaimCharactersMax
            ? null
            : $"\"{text}\" is not NAME=PATTERN, such as sub=repo:acme/shop:ref:refs/heads/main";
}

/// <summary>An entry of an issuer's Users, property by property.</summary>
public static class ClaimedUserProperties
{
    public static readonly ClaimedUserConfig Blank = new() { UserName = "" };

    public static readonly ImmutableArray<Property<ClaimedUserConfig>> All =
    [
        Properties<ClaimedUserConfig>.Text(
            "UserName", Own, u => u.UserName, (u, v) => u with { UserName = v },
            "A user of Identities or of the vault.", isRequired: true),
        Properties<ClaimedUserConfig>.List(
            "Claims", Own, u => u.Claims, (u, v) => u with { Claims = v },
            "What the token must say, all of it. Of a claim with several values, one has to fit.", "list",
            range: "NAME=PATTERN, with * and ?; of an object's member OBJECT/NAME", isRequired: true,
            check: IssuerProperties.CheckClaim),
    ];
}

/// <summary>AwsCallers, property by property.</summary>
public static class AwsCallersProperties
{
    public static readonly AwsCallersConfig Blank = new() { ServerId = "" };

    public static readonly ImmutableArray<Property<AwsCallersConfig>> All =
    [
        Properties<AwsCallersConfig>.Text(
            "ServerId", Own, c => c.ServerId, (c, v) => c with { ServerId = v },
            "What presigned requests must be made for, in their signed header x-k8s-aws-id: the name that "
            + "aws eks get-token is given as its cluster's.", range: "1 to 100 letters, digits, - and _",
            isRequired: true, check: v => v.Length is > 0 and <= 100
                && v.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                    ? null
                    : $"\"{v}\" is not 1 to 100 letters, digits, - and _"),
        Properties<AwsCallersConfig>.List(
            "Regions", Own, c => c.Regions, (c, v) => c with { Regions = v },
            "Whose STS is asked.", "list", range: "as eu-central-1", isRequired: true,
            check: IdentityProperties.CheckRegion),
        Properties<AwsCallersConfig>.Section(
            "Users", Own, "Who signs in as whom: the first entry that fits.", isList: true,
            isRequired: true),
    ];
}

/// <summary>An entry of AwsCallers' Users, property by property.</summary>
public static class AwsCallerProperties
{
    public static readonly AwsCallerConfig Blank = new("", "");

    public static readonly ImmutableArray<Property<AwsCallerConfig>> All =
    [
        Properties<AwsCallerConfig>.Text(
            "UserName", Own, u => u.UserName, (u, v) => u with { UserName = v },
            "A user of Identities or of the vault.", isRequired: true),
        Properties<AwsCallerConfig>.Text(
            "Arn", Own, u => u.Arn, (u, v) => u with { Arn = v },
            "Whom AWS takes the caller for; of a role's session, the role.", isRequired: true,
            range: "arn:aws:iam::ACCOUNT:role/NAME or user/NAME, with * and ? in the name",
            check: CheckArn),
    ];

    /// <summary>The account must be said: a star there would let all of AWS in.</summary>
    private static string? CheckArn(string text) =>
        text.Split(':', 6) is ["arn", "aws" or "aws-cn" or "aws-us-gov", "iam", "", { Length: 12 } account,
            { } name]
        && account.All(char.IsAsciiDigit)
        && (name.StartsWith("role/", StringComparison.Ordinal)
            || name.StartsWith("user/", StringComparison.Ordinal))
            ? null
            : $"\"{text}\" is not the ARN of a user or a role of one account: "
                + "arn:aws:iam::123456789012:role/app";
}
