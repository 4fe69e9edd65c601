using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Sento.Identity.Policies;

/// <summary>
/// A text of a policy: literal characters, <c>*</c>, <c>?</c> and variables such as
/// <c>${aws:username}</c> or <c>${aws:PrincipalTag/team, 'none'}</c>.
/// </summary>
/// <remarks>
/// What a variable stands for is literal text, never a wildcard: a user named <c>*</c> matches nothing
/// else. A variable without a value matches nothing. Matching goes back to the last star only: at worst
/// the product of both lengths, which are bounded.
/// </remarks>
internal sealed class TextPattern
{
    private const int AnyRun = -1;
    private const int AnyOne = -2;

    private readonly ImmutableArray<Part> _parts;
    private readonly int[]? _constant;

    private TextPattern(ImmutableArray<Part> parts)
    {
        _parts = parts;
        if (!parts.Any(part => part.Variable is not null))
            _constant = Tokens(parts, null);
    }

    /// <summary>It is <c>*</c> alone.</summary>
    public bool IsAnything => _constant is [AnyRun];

    /// <summary>Nothing but wildcards, at least one star among them.</summary>
    public bool IsOnlyWildcards =>
        _constant is { } tokens && tokens.Contains(AnyRun) && tokens.All(t => t < 0);

    public bool HasWildcards => _parts.Any(part => part is { Wildcard: < 0, Variable: null });

    public bool EndsWithAnyRun => _constant is [.., AnyRun] || _parts is [.., { Wildcard: AnyRun }];

    public static bool TryParse(
        string text, PatternSyntax syntax, [NotNullWhen(true)] out TextPattern? pattern, out string fault)
    {
        pattern = null;
        fault = "";
        var parts = ImmutableArray.CreateBuilder<Part>();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (syntax.HasFlag(PatternSyntax.Variables) && c == '$' && i + 1 < text.Length
                && text[i + 1] == '{')
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                {
                    fault = "a variable has no closing brace";
                    return false;
                }
                if (!Part.TryParseVariable(text[(i + 2)..end], out var variable))
                {
                    fault = $"${{{text[(i + 2)..end]}}} is not a policy variable";
                    return false;
                }
                parts.Add(variable);
                i = end;
            }
            else if (c is '*' or '?' && syntax.HasFlag(PatternSyntax.Wildcards))
            {
                parts.Add(new Part(c == '*' ? AnyRun : AnyOne));
            }
            else
            {
                parts.Add(new Part(c));
            }
        }
        pattern = new TextPattern(parts.ToImmutable());
        return true;
    }

    /// <summary>Cuts at the first colons that stand in the policy itself, not in a variable.</summary>
    public ImmutableArray<TextPattern> SplitAtColons(int partsMax)
    {
        var pieces = ImmutableArray.CreateBuilder<TextPattern>();
        var piece = ImmutableArray.CreateBuilder<Part>();
        foreach (var part in _parts)
        {
            if (part is { Wildcard: ':', Variable: null } && pieces.Count < partsMax - 1)
            {
                pieces.Add(new TextPattern(piece.ToImmutable()));
                piece.Clear();
            }
            else
            {
                piece.Add(part);
            }
        }
        pieces.Add(new TextPattern(piece.ToImmutable()));
        return pieces.ToImmutable();
    }

    public bool Matches(ReadOnlySpan<char> text, ConditionValues? values, bool ignoresCase = false) =>
        (_constant ?? Tokens(_parts, values)) is { } tokens && Matches(tokens, text, ignoresCase);

    private static bool Matches(ReadOnlySpan<int> pattern, ReadOnlySpan<char> text, bool ignoresCase)
    {
        int at = 0, i = 0, star = -1, resume = 0;
        while (i < text.Length)
        {
            if (at < pattern.Length && pattern[at] == AnyRun)
            {
                star = at++;
                resume = i;
            }
            else if (at < pattern.Length && IsSame(pattern[at], text[i], ignoresCase))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++resume;
            }
            else
            {
                return false;
            }
        }
        while (at < pattern.Length && pattern[at] == AnyRun)
            at++;
        return at == pattern.Length;
    }

    private static bool IsSame(int token, char c, bool ignoresCase) => token == AnyOne || token == c
        || (ignoresCase && token >= 0 && char.ToUpperInvariant((char)token) == char.ToUpperInvariant(c));

    /// <returns>Null: a variable has no value.</returns>
    private static int[]? Tokens(ImmutableArray<Part> parts, ConditionValues? values)
    {
        var tokens = new List<int>(parts.Length);
        foreach (var part in parts)
        {
            if (part.Variable is null)
            {
                tokens.Add(part.Wildcard);
                continue;
            }
            string? text = null;
            if (values is null || !values.TryGetSingle(part.Variable, out text))
                text = part.Default;
            if (text is null)
                return null;
            foreach (var c in text)
                tokens.Add(c);
        }
        return [.. tokens];
    }

    /// <param name="Wildcard">A character, or one of the two wildcards.</param>
    private readonly record struct Part(int Wildcard, string? Variable = null, string? Default = null)
    {
        /// <summary>
        /// Name, optionally a comma and a default in single quotes; or a wildcard meant literally.
        /// </summary>
        public static bool TryParseVariable(string text, out Part part)
        {
            part = default;
            if (text is "*" or "?" or "$")
            {
                part = new Part(text[0]);
                return true;
            }
            var comma = text.IndexOf(',', StringComparison.Ordinal);
            var name = (comma < 0 ? text : text[..comma]).Trim();
            if (name.Length == 0 || !name.Contains(':', StringComparison.Ordinal) || name.Contains('$'))
                return false;
            if (comma < 0)
            {
                part = new Part(0, name);
                return true;
            }
            var quoted = text[(comma + 1)..].Trim();
            if (quoted is not ['\'', .., '\''])
                return false;
            part = new Part(0, name, quoted[1..^1]);
            return true;
        }
    }
}

[Flags]
internal enum PatternSyntax { Literal = 0, Wildcards = 1, Variables = 2 }
