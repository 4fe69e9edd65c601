using System.Collections.Immutable;

namespace Sento.Identity.Policies;

/// <summary>One key under one operator of a Condition element, with all its values.</summary>
/// <remarks>
/// A key that the request does not have: positive operators fail, negated ones and …IfExists pass,
/// ForAllValues passes, ForAnyValue fails. IAM JSON policy elements: Condition operators.
/// </remarks>
internal sealed record Condition(
    string OperatorName, ConditionOperator Operator, string Key, ImmutableArray<Comparand> Comparands)
{
    public bool IsMet(ConditionValues values)
    {
        var isThere = values.TryGet(Key, out var actual);
        if (Operator.Kind == ComparandKind.Presence)
            return Comparands.Any(comparand => comparand.Matches(isThere ? "false" : "true", values));
        if (!isThere && Operator.PassesWhenAbsent)
            return true;
        return Operator.Quantifier switch
        {
            SetQuantifier.ForAllValues => !isThere || actual.All(value => Passes(value, values)),
            SetQuantifier.ForAnyValue => isThere && actual.Any(value => Passes(value, values)),
            // Several values without a quantifier: one match is a match, and none of them may be for Not….
            _ => isThere && actual.Any(value => Matches(value, values))
                ? !Operator.IsNegated : Operator.IsNegated,
        };
    }

    public override string ToString() => $"{OperatorName} {Key}";

    private bool Passes(string value, ConditionValues values) => Matches(value, values) != Operator.IsNegated;

    private bool Matches(string value, ConditionValues values)
    {
        foreach (var comparand in Comparands)
        {
            if (comparand.Matches(value, values))
                return true;
        }
        return false;
    }
}
