using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Sento.Identity.Policies;

/// <summary>An ARN with wildcards and variables, compared segment by segment.</summary>
/// <remarks>
/// A wildcard ends at its segment: <c>arn:aws:rds-db:*:1:dbuser:x</c> does not match an ARN of another
/// account whose resource happens to hold ":1:dbuser:x". The sixth segment has all that follows, colons
/// and slashes. An ARN of fewer segments must end with a star, which stands for all that are missing.
/// IAM JSON policy elements: Resource.
/// </remarks>
internal sealed class ArnPattern
{
    private const int Segments = 6;
    private const int ServiceSegment = 2;

    private readonly ImmutableArray<TextPattern> _segments;

    private ArnPattern(string text, ImmutableArray<TextPattern> segments)
    {
        Text = text;
        _segments = segments;
    }

    public string Text { get; }

    /// <summary>Its service is not named: IAM refuses that in Resource.</summary>
    public bool HasWildcardService =>
        _segments.Length > ServiceSegment && _segments[ServiceSegment].HasWildcards;

    private bool IsAnything => _segments is [{ IsAnything: true }];

    public static bool TryParse(
        string text, bool hasVariables, [NotNullWhen(true)] out ArnPattern? pattern, out string fault)
    {
        pattern = null;
        var syntax = PatternSyntax.Wildcards | (hasVariables ? PatternSyntax.Variables : 0);
        if (!TextPattern.TryParse(text, syntax, out var whole, out fault))
            return false;
        if (whole.IsAnything)
        {
            pattern = new ArnPattern(text, [whole]);
            return true;
        }
        if (!text.StartsWith("arn:", StringComparison.Ordinal))
        {
            fault = $"\"{text}\" must be in ARN format or \"*\"";
            return false;
        }
        var segments = whole.SplitAtColons(Segments);
        if (segments.Length < Segments && !whole.EndsWithAnyRun)
        {
            fault = $"\"{text}\" must have six segments, or end with \"*\"";
            return false;
        }
        pattern = new ArnPattern(text, segments);
        return true;
    }

    public bool Matches(string arn, ConditionValues values)
    {
        if (IsAnything)
            return true;
        var rest = arn.AsSpan();
        for (var i = 0; i < _segments.Length - 1; i++)
        {
            var colon = rest.IndexOf(':');
            if (colon < 0 || !_segments[i].Matches(rest[..colon], values))
                return false;
            rest = rest[(colon + 1)..];
        }
        return _segments[^1].Matches(rest, values);
    }
}
