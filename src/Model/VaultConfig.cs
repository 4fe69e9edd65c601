using System.Collections.Immutable;
using Sento.Base;

namespace Sento.Model;

/// <summary>Sento's own: where the vault is, and how its secrets are used.</summary>
public sealed record VaultConfig
{
    /// <summary>Null: the folder vault where Sento keeps its state, if there is a vault.</summary>
    public string? Folder { get; init; }

    /// <summary>file:PATH, env:NAME or command:LINE; null: the file vault-keys beside the folder.</summary>
    public string? KeyRing { get; init; }

    /// <summary>How long clients may sign in with the password before the newest one.</summary>
    public TimeSpan PasswordOverlap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often sources outside this machine are asked whether a secret has changed.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The role that secrets of aws: are read as; null: as whoever we are at AWS.</summary>
    public string? AwsRoleArn { get; init; }

    /// <summary>Rotations that are somebody else's: NAME=URL.</summary>
    public ImmutableArray<string> RotationHooks { get; init; } = [];

    /// <summary>Where copies of secrets can be kept.</summary>
    public ImmutableArray<ReplicaConfig> Replicas { get; init; } = [];
}

/// <summary>The vault of another region: a folder of this machine, or another node.</summary>
public sealed record ReplicaConfig
{
    public required string Region { get; init; }

    /// <summary>Null: another node.</summary>
    public string? Folder { get; init; }

    /// <summary>Of the folder; null: the file vault-keys beside it.</summary>
    public string? KeyRing { get; init; }

    /// <summary>Of the other node's API; null: a folder.</summary>
    public string? Url { get; init; }

    public string? AccessKeyId { get; init; }

    public SecretBytes? SecretAccessKey { get; init; }

    // A configuration read again makes new secret objects: what counts is whether the bytes are the same.
    public bool Equals(ReplicaConfig? other) =>
        other is not null && (Region, Folder, KeyRing, Url, AccessKeyId)
            == (other.Region, other.Folder, other.KeyRing, other.Url, other.AccessKeyId)
        && (SecretAccessKey is null
            ? other.SecretAccessKey is null
            : other.SecretAccessKey is { } theirs && SecretAccessKey.FixedTimeEquals(theirs.Span));

    public override int GetHashCode() => HashCode.Combine(Region, Folder, Url);
}
