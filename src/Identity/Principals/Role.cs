using System.Collections.Immutable;
using Sento.Identity.Policies;

namespace Sento.Identity.Principals;

/// <summary>Somebody to become for a while. Immutable.</summary>
public sealed record Role
{
    public required string Account { get; init; }

    /// <summary><c>arn:aws:iam::A:role/path/Role</c>.</summary>
    public required string Arn { get; init; }

    /// <summary><c>AROA…</c>; a role made again under the same name has another.</summary>
    public required string UniqueId { get; init; }

    /// <summary>Without its path.</summary>
    public required string Name { get; init; }

    /// <summary>Who may assume it; null: nobody.</summary>
    public PolicyDocument? Trust { get; init; }

    public ImmutableDictionary<string, string> Tags { get; init; } =
        ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    public ImmutableArray<AttachedPolicy> Policies { get; init; } = [];

    public AttachedPolicy? Boundary { get; init; }

    /// <summary>Sessions issued before are refused: how they are revoked. Null: none are.</summary>
    public DateTimeOffset? SessionsValidFrom { get; init; }

    /// <summary>Longest life of a session; 1 h unless told.</summary>
    public TimeSpan SessionLifeMax { get; init; } = TimeSpan.FromHours(1);
}
