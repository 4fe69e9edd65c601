using System.Collections.Immutable;

namespace Sento.MySql.Pinning;

/// <summary>
/// What <see cref="StatementScanner"/> read from one statement text. Immutable; any thread.
/// </summary>
public sealed class StatementTraits
{
    /// <summary>No effect: shared, so that most traffic costs no memory.</summary>
    public static readonly StatementTraits Quiet = new(StatementEffects.None, []);

    /// <summary>Anything may have happened.</summary>
    public static readonly StatementTraits Opaque =
        new(StatementEffects.Opaque | StatementEffects.RunsCode, []);

    /// <summary>COMMIT, ROLLBACK: shared as well.</summary>
    public static readonly StatementTraits End = new(StatementEffects.EndsTransaction, []);

    private StatementTraits(StatementEffects effects, ImmutableArray<string> settingNames)
    {
        Effects = effects;
        SettingNames = settingNames;
        Literals = [];
        Held = [];
    }

    public StatementEffects Effects { get; }

    /// <summary>
    /// Variables that the text sets, in lower case and in its order; those of users with an @ before them.
    /// </summary>
    public ImmutableArray<string> SettingNames { get; }

    /// <summary>User variables and the literals that they are set to, in the text's order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Literals { get; private init; }

    public ImmutableArray<HeldObject> Held { get; private init; }

    public bool Has(StatementEffects any) => (Effects & any) != 0;

    internal static StatementTraits Of(StatementEffects effects, in ScannedNames names) =>
        effects == StatementEffects.None && names.Settings is null ? Quiet
        : effects == StatementEffects.EndsTransaction ? End
        : new StatementTraits(effects, names.Settings is null ? [] : [.. names.Settings])
        {
            Literals = names.Literals is null ? [] : [.. names.Literals],
            Held = names.Held is null ? [] : [.. names.Held],
        };
}
