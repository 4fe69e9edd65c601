using System.Collections.Immutable;

namespace Sento.Identity.Policies;

public enum DecisionKind
{
    Allowed,

    /// <summary>A statement that denies matches; nothing can overrule it.</summary>
    ExplicitDeny,
    NoIdentityPolicyAllows,
    NoResourcePolicyAllows,
    NoBoundaryAllows,
    NoSessionPolicyAllows,
}

public enum PolicySource { Identity, Boundary, Session, Resource }

/// <summary>What one statement had to say of a request.</summary>
/// <param name="Index">Of the statement in its policy.</param>
/// <param name="FailedCondition">Operator and key of the first condition that is not met; else null.</param>
public sealed record StatementReview(
    PolicySource Source, string PolicyName, int Index, Statement Statement, StatementMatch Match,
    PrincipalMatch Closeness, string? FailedCondition)
{
    /// <summary>Where it stands, for people: policy, number, Sid.</summary>
    public string Place =>
        $"{PolicyName}, statement {Index + 1}" + (Statement.Sid is { Length: > 0 } sid ? $" ({sid})" : "");
}

/// <summary>May somebody do something; by which statement; and what every statement said.</summary>
public sealed record Decision(
    DecisionKind Kind, StatementReview? Deciding, ImmutableArray<StatementReview> Reviews)
{
    public bool IsAllowed => Kind == DecisionKind.Allowed;

    /// <summary>What a refused caller is told, in AWS's words.</summary>
    public string Refusal(AccessRequest request)
    {
        var why = Kind switch
        {
            DecisionKind.ExplicitDeny => $"with an explicit deny in {NameOf(Deciding!.Source)} policy",
            DecisionKind.NoResourcePolicyAllows =>
                $"because no resource-based policy allows the {request.Action} action",
            DecisionKind.NoBoundaryAllows =>
                $"because no permissions boundary allows the {request.Action} action",
            DecisionKind.NoSessionPolicyAllows =>
                $"because no session policy allows the {request.Action} action",
            _ => $"because no identity-based policy allows the {request.Action} action",
        };
        return $"User: {request.Principal.Arn} is not authorized to perform: {request.Action} on resource: "
            + $"{request.Resource} {why}";
    }

    private static string NameOf(PolicySource source) => source switch
    {
        PolicySource.Resource => "a resource-based",
        PolicySource.Boundary => "a permissions boundary",
        PolicySource.Session => "a session",
        _ => "an identity-based",
    };
}
