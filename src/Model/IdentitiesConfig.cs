using System.Collections.Immutable;
using Sento.Base;

namespace Sento.Model;

/// <summary>Sento's own: users whose tokens let them sign in, beside those of the vault.</summary>
public sealed record IdentitiesConfig
{
    /// <summary>What tokens must be made for; null: the vault's, else us-east-1.</summary>
    public string? Region { get; init; }

    /// <summary>Twelve digits; null: the vault's, else zeros.</summary>
    public string? Account { get; init; }

    public ImmutableArray<UserConfig> Users { get; init; } = [];

    /// <summary>Whose web identity tokens are trusted.</summary>
    public ImmutableArray<IssuerConfig> Issuers { get; init; } = [];

    /// <summary>Null: identities of AWS's own mean nothing here.</summary>
    public AwsCallersConfig? AwsCallers { get; init; }
}

/// <summary>A user, as in AWS::IAM::User.</summary>
public sealed record UserConfig
{
    public required string UserName { get; init; }

    public ImmutableArray<AccessKeyConfig> AccessKeys { get; init; } = [];

    public ImmutableArray<PolicyConfig> Policies { get; init; } = [];

    public ImmutableArray<TagConfig> Tags { get; init; } = [];
}

/// <summary>An access key with its secret already resolved.</summary>
public sealed record AccessKeyConfig(string AccessKeyId, SecretBytes Secret, bool IsActive);

/// <param name="Document">IAM's JSON.</param>
public sealed record PolicyConfig(string PolicyName, string Document);

public sealed record TagConfig(string Key, string Value);
