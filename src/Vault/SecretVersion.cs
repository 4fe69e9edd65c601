using System.Collections.Immutable;

namespace Sento.Vault;

/// <summary>One version of a secret, without its value.</summary>
/// <param name="Stages">Its staging labels; none: it is deprecated.</param>
/// <param name="HasValue">False: a rotation has made it and not filled it yet.</param>
public sealed record SecretVersion(
    string Id, ImmutableArray<string> Stages, DateTimeOffset CreatedDate, bool HasValue = true)
{
    /// <summary>The day; null: never read.</summary>
    public DateTimeOffset? LastAccessedDate { get; init; }

    /// <summary>When it ceased to be current; null: it is, or it never was.</summary>
    public DateTimeOffset? CurrentUntil { get; init; }

    public bool Has(string stage) => Stages.Contains(stage, StringComparer.Ordinal);
}

/// <summary>The labels that mean something to the vault itself.</summary>
public static class Stage
{
    public const string Current = "AWSCURRENT";
    public const string Previous = "AWSPREVIOUS";
    public const string Pending = "AWSPENDING";
}
