namespace Sento.Identity.Policies;

/// <summary>Finds the resource policy that lets everybody in.</summary>
public static class PublicAccess
{
    /// <summary>Keys that only somebody in particular can have, if their value is not a wildcard.</summary>
    private static readonly HashSet<string> RestrictingKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:SourceAccount",
        "aws:SourceArn", "aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:userid", "aws:username",
    };

    /// <summary>The first statement that allows something to anybody; null: there is none.</summary>
    public static Statement? Find(PolicyDocument resourcePolicy) =>
        resourcePolicy.Statements.FirstOrDefault(IsPublic);

    private static bool IsPublic(Statement statement)
    {
        if (statement is not { Effect: Effect.Allow, Principals: { } principals })
            return false;
        var isForAll = principals.IsComplement
            || principals.Patterns.Any(pattern => pattern.Form == PrincipalForm.Anyone);
        return isForAll && !statement.Conditions.Any(IsRestricting);
    }

    private static bool IsRestricting(Condition condition) =>
        RestrictingKeys.Contains(condition.Key)
        && condition.Operator is { IsNegated: false, PassesWhenAbsent: false }
        && condition.Operator.Quantifier != SetQuantifier.ForAllValues
        && condition.Operator.Kind != ComparandKind.Presence
        && !condition.Comparands.Any(comparand => comparand.IsAnything);
}
