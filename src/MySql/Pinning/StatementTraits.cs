using System.Collections.Immutable;

namespace Sento.MySql.Pinning;

/// <summary>
/// What <see cref="StatementScanner"/> read from one statement text. Immutable; any thread.
/// </summary>
public sealed class StatementTraits
{
    /// <summary>No effect: shared, so that most traffic costs no memory.</summary>
    public static readonly StatementTraits Quiet = new(StatementEffects.None, []);

    /// <summary>Nor does it read a table: shared as well.</summary>
    private static readonly StatementTraits s_tableless =
        new(StatementEffects.None, []) { Fate = DiagnosticsFate.Tableless };

    /// <summary>Anything may have happened.</summary>
    public static readonly StatementTraits Opaque =
        new(StatementEffects.Opaque | StatementEffects.RunsCode, []);

    /// <summary>COMMIT, ROLLBACK: shared as well.</summary>
    public static readonly StatementTraits End =
        new(StatementEffects.EndsTransaction, []) { Fate = DiagnosticsFate.Tableless };

    private StatementTraits(StatementEffects effects, ImmutableArray<string> settingNames)
    {
        Effects = effects;
        SettingNames = settingNames;
        Literals = [];
        Held = [];
    }

    public StatementEffects Effects { get; }

    public DiagnosticsFate Fate { get; private init; }

    /// <summary>
    /// Variables that the text sets, in lower case and in its order; those of users with an @ before them.
    /// </summary>
    public ImmutableArray<string> SettingNames { get; }

    /// <summary>User variables and the literals that they are set to, in the text's order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Literals { get; private init; }

    public ImmutableArray<HeldObject> Held { get; private init; }

    /// <summary>The same with more effects.</summary>
    internal StatementTraits With(StatementEffects more) => (Effects | more) == Effects ? this
        : new StatementTraits(Effects | more, SettingNames) { Fate = Fate, Literals = Literals, Held = Held };

    public bool Has(StatementEffects any) => (Effects & any) != 0;

    /// <summary>Of a command without a text.</summary>
    internal static StatementTraits OfCommand(StatementEffects effects) =>
        new(effects, []) { Fate = DiagnosticsFate.Kept };

    /// <param name="showsDiagnostics">It does nothing but that.</param>
    internal static StatementTraits Of(
        StatementEffects effects, in ScannedNames names, bool showsDiagnostics = false) =>
        effects == StatementEffects.None && names.Settings is null ? names.UsesTables ? Quiet : s_tableless
        : effects == StatementEffects.EndsTransaction && !names.UsesTables ? End
        : new StatementTraits(effects, names.Settings is null ? [] : [.. names.Settings])
        {
            Fate = showsDiagnostics ? DiagnosticsFate.Shown
                : names.UsesTables ? DiagnosticsFate.Replaced : DiagnosticsFate.Tableless,
            Literals = names.Literals is null ? [] : [.. names.Literals],
            Held = names.Held is null ? [] : [.. names.Held],
        };
}
