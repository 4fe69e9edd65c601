using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Sento.Identity.Policies;

namespace Sento.Identity.WebIdentity;

/// <summary>
/// A claim that a token must have: <c>sub=repo:acme/app:*</c>, with <c>*</c> and <c>?</c>. Immutable.
/// </summary>
public sealed class ClaimPattern
{
    private readonly TextPattern _value;

    private ClaimPattern(string name, TextPattern value) => (Name, _value) = (name, value);

    public string Name { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out ClaimPattern? pattern)
    {
        pattern = null;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || equals == text.Length - 1 || text.Length > IdentityLimits.PolicyTextCharactersMax
            || !TextPattern.TryParse(text[(equals + 1)..], PatternSyntax.Wildcards, out var value, out _))
            return false;
        pattern = new ClaimPattern(text[..equals], value);
        return true;
    }

    /// <summary>Of a claim with several values, one has to fit.</summary>
    public bool Matches(ImmutableDictionary<string, ImmutableArray<string>> claims) =>
        claims.TryGetValue(Name, out var values) && values.Any(value => _value.Matches(value, null));
}
