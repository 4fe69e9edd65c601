namespace Sento.MySql.Pinning;

/// <summary>
/// Routines, tables with triggers, and views whose code changes or asks what no text of a client shows, by
/// the names that bring them in. Immutable; any thread.
/// </summary>
/// <remarks>
/// Names count in whichever schema they are, and in whichever case: one too many costs a pin, a missed one
/// leaks between clients.
/// </remarks>
public sealed class HiddenCode
{
    internal const int NameCharsMax = 64;

    /// <summary>Nothing is hidden.</summary>
    public static readonly HiddenCode None = new([], StatementEffects.None);

    private readonly Dictionary<string, StatementEffects> _effects;
    private readonly StatementEffects _odd;
    private readonly StatementEffects _any;

    private HiddenCode(Dictionary<string, StatementEffects> effects, StatementEffects odd,
        StatementEffects any = StatementEffects.None)
    {
        _effects = effects;
        _odd = odd | any;
        _any = any;
    }

    /// <summary>What code that nobody could read may do.</summary>
    internal const StatementEffects OfUnread =
        StatementEffects.HidesState | StatementEffects.RunsCode | StatementEffects.SetsInsertId;

    /// <summary>Of a catalog that can't be read, or is too much: any name may bring in anything.</summary>
    public static readonly HiddenCode Unread = new([], OfUnread, OfUnread);

    public bool IsEmpty => _effects.Count == 0 && _odd == StatementEffects.None;

    /// <summary>The same traits, and the effects of the code that the text brings in by its names.</summary>
    public StatementTraits Complete(StatementTraits traits, ReadOnlySpan<byte> text, ScanMode mode)
    {
        // A definition names what it defines, and runs none of it.
        if (IsEmpty || traits.Effects == (StatementEffects.ChangesSchema | StatementEffects.ChangesCode))
            return traits;
        var effects = StatementEffects.None;
        var lexer = new Lexer(text, mode);
        lexer.Next();
        // What SQL's own PREPARE prepares stands in a string.
        var readsStrings = lexer.Is("PREPARE"u8);
        for (; lexer.Kind != TokenKind.End; lexer.Next())
        {
            if (lexer.Kind is TokenKind.Word or TokenKind.QuotedName)
                effects |= EffectsOf(lexer.Word);
            else if (lexer.Kind == TokenKind.Text && readsStrings)
                effects |= Complete(StatementTraits.Quiet, lexer.Word, mode).Effects;
        }
        return traits.With(effects);
    }

    /// <summary>Of one name, without its quotes.</summary>
    public StatementEffects EffectsOf(ReadOnlySpan<byte> name)
    {
        Span<char> key = stackalloc char[NameCharsMax];
        return !TryKey(name, key, out var length) ? _odd
            : _effects.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key[..length], out var effects)
                ? effects : _any;
    }

    public bool IsSame(HiddenCode other) => _odd == other._odd && _any == other._any
        && _effects.Count == other._effects.Count
        && _effects.All(one => other._effects.TryGetValue(one.Key, out var effects) && effects == one.Value);

    /// <summary>
    /// Names of other letters than these are told apart by nobody: their bytes depend on the session.
    /// </summary>
    /// <returns>False: it is such a name.</returns>
    internal static bool TryKey(ReadOnlySpan<byte> name, Span<char> key, out int length)
    {
        length = name.Length;
        if (name.Length > key.Length)
            return false;
        for (var i = 0; i < name.Length; i++)
        {
            var c = (char)name[i];
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '$'))
                return false;
            key[i] = char.ToUpperInvariant(c);
        }
        return true;
    }

    /// <param name="effects">Of names as <see cref="TryKey"/> makes them.</param>
    /// <param name="odd">Of all other names together.</param>
    internal static HiddenCode Of(Dictionary<string, StatementEffects> effects, StatementEffects odd) =>
        effects.Count == 0 && odd == StatementEffects.None ? None : new HiddenCode(effects, odd);
}
