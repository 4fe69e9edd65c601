using System.Collections.Immutable;

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
}
