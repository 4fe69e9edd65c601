using System.Collections.Immutable;
using System.Numerics;

namespace Sento.Postgres.Pinning;

/// <summary>
/// What <see cref="StatementScanner"/> read from one statement text. Immutable; any thread.
/// </summary>
public sealed class StatementTraits
{
    /// <summary>
    /// Names that one text may list in each of its lists. A text with more is <see
    /// cref="StatementEffects.Opaque"/>, and its lists stop there.
    /// </summary>
    public const int NamesMax = 256;

    /// <summary>One statement without any effect: shared, so that most traffic costs no memory.</summary>
    public static readonly StatementTraits Quiet = new(StatementEffects.None, 1);

    /// <summary>No statement at all: nothing, white space, comments, semicolons.</summary>
    public static readonly StatementTraits Empty = new(StatementEffects.None, 0);

    // BEGIN, COMMIT, COPY and whatever else has one effect and no name are shared as well.
    private static readonly StatementTraits[] Singles = CreateSingles();

    private StatementTraits(StatementEffects effects, int statementCount)
    {
        Effects = effects;
        StatementCount = statementCount;
    }

    public StatementEffects Effects { get; }

    /// <summary>Statements in the text, empty ones not counted.</summary>
    public int StatementCount { get; }

    /// <summary>
    /// Settings that Settings, ResetsSettings and Identity speak of, in the order of the text, in lower case,
    /// under their present names; one that is set twice is listed twice.
    /// </summary>
    public ImmutableArray<string> SettingNames { get; private init; } = [];

    /// <summary>Uses of prepared statements' names, in the order of the text.</summary>
    public ImmutableArray<PreparedNameUse> PreparedNames { get; private init; } = [];

    /// <summary>Uses of notification channels, in the order of the text.</summary>
    public ImmutableArray<ChannelUse> Channels { get; private init; } = [];

    public bool Has(StatementEffects any) => (Effects & any) != 0;

    /// <summary>Shared where it can be: one statement with one effect at most.</summary>
    internal static StatementTraits Of(StatementEffects effects, int statementCount)
    {
        if (effects == StatementEffects.None && statementCount <= 1)
            return statementCount == 0 ? Empty : Quiet;
        if (statementCount == 1 && BitOperations.IsPow2((ulong)effects))
            return Singles[BitOperations.Log2((ulong)effects)];
        return new StatementTraits(effects, statementCount);
    }

    internal static StatementTraits Of(
        StatementEffects effects,
        int statementCount,
        ImmutableArray<string> settingNames,
        ImmutableArray<PreparedNameUse> preparedNames,
        ImmutableArray<ChannelUse> channels) =>
        new(effects, statementCount)
        {
            SettingNames = settingNames,
            PreparedNames = preparedNames,
            Channels = channels,
        };

    private static StatementTraits[] CreateSingles()
    {
        var singles = new StatementTraits[BitOperations.Log2((ulong)StatementEffects.ChannelRead) + 1];
        for (var bit = 0; bit < singles.Length; bit++)
            singles[bit] = new StatementTraits((StatementEffects)(1ul << bit), 1);
        return singles;
    }
}
