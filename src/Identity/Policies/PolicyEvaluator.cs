using System.Collections.Immutable;
using Sento.Identity.Principals;

namespace Sento.Identity.Policies;

/// <summary>Decides a request by all the policies that speak of it. Pure; any thread.</summary>
/// <remarks>
/// An explicit deny anywhere wins. Else, within an account, an identity policy (inside the bounds of
/// boundary and session policies) or a resource policy must allow; across accounts, both. A resource
/// policy that names the account only leaves the decision to identity policies. One that names the user
/// or the session itself is not held back by boundary and session policies. IAM policy evaluation logic.
/// </remarks>
public static class PolicyEvaluator
{
    public static Decision Decide(AccessRequest request)
    {
        var reviews = ImmutableArray.CreateBuilder<StatementReview>();
        var principal = request.Principal;
        foreach (var policy in principal.Policies)
            Review(request, PolicySource.Identity, policy, reviews);
        if (principal.Boundary is not null)
            Review(request, PolicySource.Boundary, principal.Boundary, reviews);
        foreach (var policy in principal.SessionPolicies)
            Review(request, PolicySource.Session, policy, reviews);
        if (request.ResourcePolicy is not null)
            Review(request, PolicySource.Resource, new AttachedPolicy(
                "resource policy", request.ResourcePolicy), reviews);
        var all = reviews.ToImmutable();
        return Weigh(request, all);
    }

    private static void Review(
        AccessRequest request, PolicySource source, AttachedPolicy policy,
        ImmutableArray<StatementReview>.Builder reviews)
    {
        for (var i = 0; i < policy.Document.Statements.Length; i++)
        {
            var statement = policy.Document.Statements[i];
            var match = statement.Matches(
                request.Principal, request.Action, request.Resource, request.Values, out var closeness,
                out var failed);
            reviews.Add(new StatementReview(
                source, policy.Name, i, statement, match, closeness, failed?.ToString()));
        }
    }

    private static Decision Weigh(AccessRequest request, ImmutableArray<StatementReview> reviews)
    {
        if (reviews.FirstOrDefault(r => Says(r, Effect.Deny)) is { } deny)
            return new Decision(DecisionKind.ExplicitDeny, deny, reviews);
        var identity = Allow(reviews, PolicySource.Identity);
        var resource = reviews
            .Where(r => r.Source == PolicySource.Resource && Says(r, Effect.Allow))
            .MaxBy(r => r.Closeness);
        Decision Say(DecisionKind kind, StatementReview? deciding = null) => new(kind, deciding, reviews);
        var bound = MissingBound(request.Principal, reviews);
        if (request.IsAcrossAccounts)
        {
            if (resource is null)
                return Say(DecisionKind.NoResourcePolicyAllows);
            if (identity is null)
                return Say(DecisionKind.NoIdentityPolicyAllows);
            return bound is { } kind ? Say(kind) : Say(DecisionKind.Allowed, identity);
        }
        if (resource is { Closeness: PrincipalMatch.Named })
            return Say(DecisionKind.Allowed, resource);
        var isGranted = resource is { Closeness: not PrincipalMatch.Account };
        if (identity is null && !isGranted)
            return Say(DecisionKind.NoIdentityPolicyAllows);
        return bound is { } missing ? Say(missing) : Say(DecisionKind.Allowed, identity ?? resource);
    }

    /// <summary>The bound that holds this request back; null: none.</summary>
    private static DecisionKind? MissingBound(Principal principal, ImmutableArray<StatementReview> reviews)
    {
        if (principal.Boundary is not null && Allow(reviews, PolicySource.Boundary) is null)
            return DecisionKind.NoBoundaryAllows;
        if (!principal.SessionPolicies.IsEmpty && Allow(reviews, PolicySource.Session) is null)
            return DecisionKind.NoSessionPolicyAllows;
        return null;
    }

    private static StatementReview? Allow(ImmutableArray<StatementReview> reviews, PolicySource source) =>
        reviews.FirstOrDefault(r => r.Source == source && Says(r, Effect.Allow));

    private static bool Says(StatementReview review, Effect effect) =>
        review.Match == StatementMatch.Matches && review.Statement.Effect == effect;
}
