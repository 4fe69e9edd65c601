using System.Collections.Immutable;
using Sento.Identity.Policies;

namespace Sento.Identity.Principals;

public enum PrincipalKind { User, AssumedRole, FederatedUser }

/// <summary>Who makes a request, and the policies that say what it may do. Immutable.</summary>
/// <remarks>
/// Made anew by its source for each look-up: a policy taken away is gone at the next request.
/// </remarks>
public sealed record Principal
{
    public required PrincipalKind Kind { get; init; }

    /// <summary>Twelve digits.</summary>
    public required string Account { get; init; }

    /// <summary>
    /// <c>arn:aws:iam::A:user/path/Bob</c> or <c>arn:aws:sts::A:assumed-role/Role/session</c>.
    /// </summary>
    public required string Arn { get; init; }

    /// <summary>
    /// Never given twice: <c>AIDA…</c> of a user, <c>AROA…:session</c> of a role's session.
    /// </summary>
    public required string UniqueId { get; init; }

    /// <summary>Of a user; null for the others.</summary>
    public string? UserName { get; init; }

    /// <summary>Of a role's session: <c>arn:aws:iam::A:role/path/Role</c>.</summary>
    public string? RoleArn { get; init; }

    public ImmutableDictionary<string, string> Tags { get; init; } =
        ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Identity policies of the user, its groups or the role.</summary>
    public ImmutableArray<AttachedPolicy> Policies { get; init; } = [];

    /// <summary>Allows nothing, but what it does not allow is refused; null: no such bound.</summary>
    public AttachedPolicy? Boundary { get; init; }

    /// <summary>Given when the session was made; a further bound on the role's policies.</summary>
    public ImmutableArray<AttachedPolicy> SessionPolicies { get; init; } = [];

    /// <summary>When the credentials were issued; null: long-term ones.</summary>
    public DateTimeOffset? TokenIssuedAt { get; init; }
}

/// <summary>A policy and what to call it when a decision is explained.</summary>
public sealed record AttachedPolicy(string Name, PolicyDocument Document);
