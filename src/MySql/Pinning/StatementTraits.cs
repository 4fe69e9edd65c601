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
    public static readonly StatementTraits Opaque = new(StatementEffects.Opaque, []);

    private StatementTraits(StatementEffects effects, ImmutableArray<string> settingNames)
    {
        Effects = effects;
        SettingNames = settingNames;
    }

    public StatementEffects Effects { get; }

    /// <summary>Session variables that the text sets, in lower case and in its order.</summary>
    public ImmutableArray<string> SettingNames { get; }

    public bool Has(StatementEffects any) => (Effects & any) != 0;

    internal static StatementTraits Of(StatementEffects effects, ImmutableArray<string> settingNames) =>
        effects == StatementEffects.None && settingNames.IsEmpty ? Quiet : new StatementTraits(effects,
            settingNames);
}
