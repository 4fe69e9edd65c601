using System.Text;

namespace Sento.MySql.Pinning;

/// <summary>
/// Decides which state of its session a statement text may change, so that transactions of many sessions
/// can share a server connection. Conservative: an effect too many costs a little, a missed one leaks
/// between clients.
/// </summary>
/// <remarks>
/// Pure and total: any bytes, no exception, linear time. Text without effects costs no memory.
/// </remarks>
public static class StatementScanner
{
    /// <summary>
    /// Effects that explain a server's word that something of the session has changed, which does not say
    /// what.
    /// </summary>
    public const StatementEffects Explaining = StatementEffects.UserVariables | StatementEffects.TempTables
        | StatementEffects.SqlPrepared | StatementEffects.Identity | StatementEffects.Opaque
        | StatementEffects.Settings | StatementEffects.Names | StatementEffects.Schema
        | StatementEffects.OneShotTransaction | StatementEffects.LiteralVariables
        | StatementEffects.AskedVariables | StatementEffects.CharacterSet | StatementEffects.Objects;

    private const StatementEffects OfThisText = StatementEffects.ReadsRowCount
        | StatementEffects.ReadsDiagnostics;

    public static StatementTraits Scan(ReadOnlySpan<byte> text, ScanMode mode)
    {
        if ((mode & ScanMode.AmbiguousBytes) != 0 && !Ascii.IsValid(text))
            return StatementTraits.Opaque;
        var lexer = new Lexer(text, mode);
        var effects = StatementEffects.None;
        var names = new ScannedNames();
        var statements = 0;
        var hasSelected = false;
        lexer.Next();
        var shows = lexer.Is("SHOW"u8) || lexer.Is("GET"u8);
        while (lexer.Kind != TokenKind.End)
        {
            if (lexer.Is((byte)';'))
            {
                lexer.Next();
                continue;
            }
            var isSelect = lexer.Is("SELECT"u8) || lexer.Is("WITH"u8) || lexer.Is((byte)'(');
            var one = Statement(ref lexer, ref names, out var isOpen);
            // What a later statement looks back at is of this text itself.
            if (++statements > 1)
                one &= ~(OfThisText | (hasSelected ? StatementEffects.ReadsFoundRows : 0));
            hasSelected |= isSelect;
            effects |= one;
            if (isOpen)
                return StatementTraits.Of(effects | StatementEffects.Opaque, names);
        }
        if (names.Calls.HasFound && (effects & Explaining) != 0)
            effects |= StatementEffects.CallsFunctions;
        if (statements > 1)
            effects = OfSeveral(effects);
        return StatementTraits.Of(
            effects, names, shows && (effects & StatementEffects.ReadsDiagnostics) != 0 && statements == 1);
    }

    /// <param name="isOpen">A routine's body: where it ends, and whether more follows it, is not looked
    /// for.</param>
    private static StatementEffects Statement(ref Lexer lexer, ref ScannedNames names, out bool isOpen)
    {
        isOpen = false;
        var writesVariables = lexer.Is("LOAD"u8) || lexer.Is("GET"u8);
        var renames = lexer.Is("RENAME"u8);
        names.UsesTables |= TableWords.IsFirst(lexer);
        var effects = FirstGrammar.Read(ref lexer, ref names);
        // CREATE TABLE may run a SELECT, and have columns of any name.
        var mayBeCode = (effects & (StatementEffects.ChangesSchema | StatementEffects.TempTables))
            == StatementEffects.ChangesSchema;
        var isBehindInto = false;
        while (lexer.Kind != TokenKind.End && !lexer.Is((byte)';'))
        {
            if (mayBeCode && IsCode(lexer))
                return effects | StatementEffects.ChangesCode | Body(ref lexer, ref names, out isOpen);
            mayBeCode &= !lexer.Is("TABLE"u8);
            renames |= (effects & StatementEffects.ChangesSchema) != 0 && lexer.Is("RENAME"u8);
            effects |= Any(ref lexer);
            names.Calls.See(lexer);
            var isFrom = lexer.Is("FROM"u8);
            names.UsesTables |= TableWords.IsLater(lexer, effects);
            isBehindInto = lexer.Is("INTO"u8)
                || (isBehindInto && (lexer.Kind == TokenKind.Variable || lexer.Is((byte)',')));
            var isVariable = lexer.Kind == TokenKind.Variable;
            if (isVariable && writesVariables)
                effects |= StatementEffects.UserVariables;
            else if (isVariable && isBehindInto)
                effects |= LiteralGrammar.Ask(lexer.Word, ref names);
            var isKey = lexer.Is("LAST_INSERT_ID"u8);
            lexer.Next();
            names.UsesTables |= isFrom && !lexer.Is("DUAL"u8);
            // @x := 1; a variable that is only read changes nothing.
            if (isVariable && lexer.Is((byte)':'))
                effects |= StatementEffects.UserVariables;
            if (isKey && lexer.Is((byte)'('))
                effects |= KeyArgument(ref lexer);
        }
        // Triggers go with their table.
        return renames ? effects | StatementEffects.ChangesCode : effects;
    }

    /// <summary>What a definition defines is code.</summary>
    private static bool IsCode(in Lexer lexer) => lexer.Is("FUNCTION"u8) || lexer.Is("PROCEDURE"u8)
        || lexer.Is("TRIGGER"u8) || lexer.Is("VIEW"u8) || lexer.Is("PACKAGE"u8) || lexer.Is("EVENT"u8);

    /// <summary>What is defined does not run; of several statements the next one begins behind it.</summary>
    private static StatementEffects Body(ref Lexer lexer, ref ScannedNames names, out bool isOpen)
    {
        var effects = StatementEffects.None;
        isOpen = false;
        while (!isOpen && lexer.Kind != TokenKind.End && !lexer.Is((byte)';'))
        {
            effects |= lexer.Kind is TokenKind.ExecutableComment or TokenKind.Broken ? StatementEffects.Opaque
                : StatementEffects.None;
            names.UsesTables |= TableWords.IsLater(lexer, StatementEffects.ChangesSchema);
            isOpen = lexer.Is("BEGIN"u8);
            var isFrom = lexer.Is("FROM"u8);
            lexer.Next();
            names.UsesTables |= isFrom && !lexer.Is("DUAL"u8);
        }
        return effects;
    }

    /// <summary>LAST_INSERT_ID() asks, LAST_INSERT_ID(expression) sets.</summary>
    private static StatementEffects KeyArgument(ref Lexer lexer)
    {
        lexer.Next();
        return lexer.Is((byte)')') ? StatementEffects.None : StatementEffects.SetsInsertId;
    }

    /// <summary>
    /// Which of several statements has failed is not known: what they say of names does not count.
    /// </summary>
    private static StatementEffects OfSeveral(StatementEffects effects)
    {
        if ((effects & (StatementEffects.LiteralVariables | StatementEffects.AskedVariables)) != 0)
            effects |= StatementEffects.UserVariables;
        if ((effects & StatementEffects.Objects) != 0)
            effects |= StatementEffects.Opaque;
        return (effects | StatementEffects.Multiple)
            & ~(StatementEffects.LiteralVariables | StatementEffects.AskedVariables | StatementEffects.Objects
                | StatementEffects.ReleasesAllLocks);
    }

    /// <summary>What a word says wherever it stands.</summary>
    private static StatementEffects Any(ref Lexer lexer)
    {
        switch (lexer.Kind)
        {
            case TokenKind.ExecutableComment or TokenKind.Broken:
                return StatementEffects.Opaque | StatementEffects.ChangesCode;
            case TokenKind.SystemVariable:
                return SuspiciousWords.EffectsOfVariable(lexer.Word);
            case TokenKind.Word or TokenKind.QuotedName:
                return SuspiciousWords.EffectsOf(lexer.Word);
            default:
                return StatementEffects.None;
        }
    }
}
