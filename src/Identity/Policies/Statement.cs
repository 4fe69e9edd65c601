using System.Collections.Immutable;
using Sento.Identity.Principals;

namespace Sento.Identity.Policies;

public enum Effect { Allow, Deny }

/// <summary>Whether a statement speaks of a request, or the first reason why not.</summary>
public enum StatementMatch { Matches, PrincipalDiffers, ActionDiffers, ResourceDiffers, ConditionFails }

/// <summary>A statement of a policy. Immutable.</summary>
public sealed record Statement
{
    public string? Sid { get; init; }

    public required Effect Effect { get; init; }

    internal ImmutableArray<TextPattern> Actions { get; init; } = [];

    /// <summary>NotAction: all but these.</summary>
    internal bool ActionsAreExcluded { get; init; }

    /// <summary>Empty in trust policies, which speak of the role itself.</summary>
    internal ImmutableArray<ArnPattern> Resources { get; init; } = [];

    /// <summary>NotResource: all but these.</summary>
    internal bool ResourcesAreExcluded { get; init; }

    /// <summary>Null in identity policies, which speak of whom they are attached to.</summary>
    public PrincipalSet? Principals { get; init; }

    internal ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <param name="failed">The first condition that is not met; else null.</param>
    internal StatementMatch Matches(
        Principal principal, string action, string resource, ConditionValues values,
        out PrincipalMatch closeness, out Condition? failed)
    {
        failed = null;
        closeness = Principals?.Matches(principal) ?? PrincipalMatch.Named;
        if (closeness == PrincipalMatch.None)
            return StatementMatch.PrincipalDiffers;
        if (NamesAction(action) == ActionsAreExcluded)
            return StatementMatch.ActionDiffers;
        if (!Resources.IsEmpty && NamesResource(resource, values) == ResourcesAreExcluded)
            return StatementMatch.ResourceDiffers;
        foreach (var condition in Conditions)
        {
            if (condition.IsMet(values))
                continue;
            failed = condition;
            return StatementMatch.ConditionFails;
        }
        return StatementMatch.Matches;
    }

    private bool NamesAction(string action)
    {
        foreach (var pattern in Actions)
        {
            if (pattern.Matches(action, null, ignoresCase: true))
                return true;
        }
        return false;
    }

    private bool NamesResource(string resource, ConditionValues values)
    {
        foreach (var pattern in Resources)
        {
            if (pattern.Matches(resource, values))
                return true;
        }
        return false;
    }
}
