using System.Diagnostics.CodeAnalysis;

namespace Sento.Identity.Policies;

public enum ComparandKind { Text, TextIgnoringCase, Pattern, Number, Date, Truth, Bytes, Network, Arn,
    Presence }

public enum Relation { Equal, Less, LessOrEqual, Greater, GreaterOrEqual }

public enum SetQuantifier { None, ForAllValues, ForAnyValue }

/// <summary>
/// A condition operator by its name: <c>ForAnyValue:StringNotLikeIfExists</c> and the like.
/// </summary>
/// <param name="IsNegated">True for the Not… operators: no value of the policy may match.</param>
/// <param name="PassesWhenAbsent">…IfExists.</param>
public sealed record ConditionOperator(
    ComparandKind Kind, Relation Relation, bool IsNegated, SetQuantifier Quantifier, bool PassesWhenAbsent)
{
    private static readonly Dictionary<string, (
        ComparandKind Kind, Relation Relation, bool IsNegated)> Names =
        new(StringComparer.Ordinal)
        {
            ["StringEquals"] = (ComparandKind.Text, Relation.Equal, false),
            ["StringNotEquals"] = (ComparandKind.Text, Relation.Equal, true),
            ["StringEqualsIgnoreCase"] = (ComparandKind.TextIgnoringCase, Relation.Equal, false),
            ["StringNotEqualsIgnoreCase"] = (ComparandKind.TextIgnoringCase, Relation.Equal, true),
            ["StringLike"] = (ComparandKind.Pattern, Relation.Equal, false),
            ["StringNotLike"] = (ComparandKind.Pattern, Relation.Equal, true),
            ["NumericEquals"] = (ComparandKind.Number, Relation.Equal, false),
            ["NumericNotEquals"] = (ComparandKind.Number, Relation.Equal, true),
            ["NumericLessThan"] = (ComparandKind.Number, Relation.Less, false),
            ["NumericLessThanEquals"] = (ComparandKind.Number, Relation.LessOrEqual, false),
            ["NumericGreaterThan"] = (ComparandKind.Number, Relation.Greater, false),
            ["NumericGreaterThanEquals"] = (ComparandKind.Number, Relation.GreaterOrEqual, false),
            ["DateEquals"] = (ComparandKind.Date, Relation.Equal, false),
            ["DateNotEquals"] = (ComparandKind.Date, Relation.Equal, true),
            ["DateLessThan"] = (ComparandKind.Date, Relation.Less, false),
            ["DateLessThanEquals"] = (ComparandKind.Date, Relation.LessOrEqual, false),
            ["DateGreaterThan"] = (ComparandKind.Date, Relation.Greater, false),
            ["DateGreaterThanEquals"] = (ComparandKind.Date, Relation.GreaterOrEqual, false),
            ["Bool"] = (ComparandKind.Truth, Relation.Equal, false),
            ["BinaryEquals"] = (ComparandKind.Bytes, Relation.Equal, false),
            ["IpAddress"] = (ComparandKind.Network, Relation.Equal, false),
            ["NotIpAddress"] = (ComparandKind.Network, Relation.Equal, true),
            ["ArnEquals"] = (ComparandKind.Arn, Relation.Equal, false),
            ["ArnNotEquals"] = (ComparandKind.Arn, Relation.Equal, true),
            ["ArnLike"] = (ComparandKind.Arn, Relation.Equal, false),
            ["ArnNotLike"] = (ComparandKind.Arn, Relation.Equal, true),
            ["Null"] = (ComparandKind.Presence, Relation.Equal, false),
        };

    public static bool TryParse(string text, [NotNullWhen(true)] out ConditionOperator? found)
    {
        const string all = "ForAllValues:", any = "ForAnyValue:", ifExists = "IfExists";
        found = null;
        var quantifier = SetQuantifier.None;
        var name = text;
        if (name.StartsWith(all, StringComparison.Ordinal))
            (quantifier, name) = (SetQuantifier.ForAllValues, name[all.Length..]);
        else if (name.StartsWith(any, StringComparison.Ordinal))
            (quantifier, name) = (SetQuantifier.ForAnyValue, name[any.Length..]);
        var passesWhenAbsent = name.EndsWith(ifExists, StringComparison.Ordinal);
        if (passesWhenAbsent)
            name = name[..^ifExists.Length];
        if (!Names.TryGetValue(name, out var what))
            return false;
        // Null asks whether the key exists: neither a set nor IfExists makes sense with it.
        if (what.Kind == ComparandKind.Presence && (passesWhenAbsent || quantifier != SetQuantifier.None))
            return false;
        found = new ConditionOperator(what.Kind, what.Relation, what.IsNegated, quantifier, passesWhenAbsent);
        return true;
    }
}
