using System.Collections.Immutable;
using Sento.Identity.Policies;

namespace Sento.Identity.Principals;

/// <summary>What a session token says: temporary credentials and whose they are.</summary>
public sealed record Session
{
    /// <summary>Begins with ASIA.</summary>
    public required string AccessKeyId { get; init; }

    public required string Secret { get; init; }

    /// <summary>Of the user or the role, as <see cref="IIdentitySource"/> finds it.</summary>
    public required string SubjectId { get; init; }

    /// <summary>Of a role's session; null: a user's own session.</summary>
    public string? SessionName { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Given with AssumeRole; they come before the role's own.</summary>
    public ImmutableDictionary<string, string> Tags { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>A bound for this session alone, as JSON; null: none.</summary>
    public string? PolicyText { get; init; }

    public override string ToString() => $"session {AccessKeyId}";

    /// <returns>Null: the user or role is gone, or this session has been revoked.</returns>
    internal Principal? BecomePrincipal(IIdentitySource identities)
    {
        ImmutableArray<AttachedPolicy> bounds = [];
        if (PolicyText is not null)
        {
            if (PolicyDocument.Parse(PolicyText, PolicyUse.Identity) is not { Document: { } document })
                return null;
            bounds = [new AttachedPolicy("session policy", document)];
        }
        if (SessionName is null)
        {
            return identities.FindUser(SubjectId) is { } user
                ? user with { TokenIssuedAt = IssuedAt, SessionPolicies = bounds }
                : null;
        }
        var role = identities.FindRole(SubjectId);
        if (role is null || IssuedAt < role.SessionsValidFrom)
            return null;
        return new Principal
        {
            Kind = PrincipalKind.AssumedRole,
            Account = role.Account,
            Arn = $"arn:aws:sts::{role.Account}:assumed-role/{role.Name}/{SessionName}",
            UniqueId = $"{role.UniqueId}:{SessionName}",
            RoleArn = role.Arn,
            Tags = role.Tags.SetItems(Tags),
            Policies = role.Policies,
            Boundary = role.Boundary,
            SessionPolicies = bounds,
            TokenIssuedAt = IssuedAt,
        };
    }
}
