using System.Collections.Immutable;
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
    public static StatementTraits Scan(ReadOnlySpan<byte> text, ScanMode mode)
    {
        if ((mode & ScanMode.AmbiguousBytes) != 0 && !Ascii.IsValid(text))
            return StatementTraits.Opaque;
        var lexer = new Lexer(text, mode);
        var effects = StatementEffects.None;
        List<string>? names = null;
        var statements = 0;
        lexer.Next();
        while (lexer.Kind != TokenKind.End)
        {
            if (lexer.Is((byte)';'))
            {
                lexer.Next();
                continue;
            }
            statements++;
            effects |= First(ref lexer, ref names);
            while (lexer.Kind != TokenKind.End && !lexer.Is((byte)';'))
            {
                effects |= Any(ref lexer);
                // Where a routine's body ends, and whether more follows it, is not looked for.
                if ((effects & StatementEffects.ChangesSchema) != 0 && lexer.Is("BEGIN"u8))
                    return StatementTraits.Of(effects | StatementEffects.Opaque, []);
                lexer.Next();
            }
        }
        if (statements > 1)
            effects |= StatementEffects.Multiple;
        return StatementTraits.Of(effects, names is null ? [] : [.. names]);
    }

    /// <summary>What the first words of a statement say; leaves the lexer where the rest begins.</summary>
    private static StatementEffects First(ref Lexer lexer, ref List<string>? names)
    {
        if (lexer.Is((byte)'('))
        {
            while (lexer.Is((byte)'('))
                lexer.Next();
            return lexer.Is("SELECT"u8) || lexer.Is("WITH"u8) || lexer.Is("VALUES"u8) || lexer.Is("TABLE"u8)
                ? StatementEffects.None : StatementEffects.Opaque;
        }
        if (lexer.Kind != TokenKind.Word)
            return StatementEffects.Opaque;
        var kind = FirstWords.KindOf(lexer.Word);
        var isBegin = lexer.Is("BEGIN"u8);
        lexer.Next();
        // MariaDB's BEGIN NOT ATOMIC is a program.
        if (isBegin && lexer.Is("NOT"u8))
            return StatementEffects.Opaque;
        return kind switch
        {
            FirstWord.Quiet => StatementEffects.None,
            FirstWord.Use => StatementEffects.Schema,
            FirstWord.Show => Show(ref lexer),
            FirstWord.Set => SetGrammar.Read(ref lexer, ref names),
            FirstWord.Definition => lexer.Is("TEMPORARY"u8) || lexer.Is("OR"u8)
                ? Temporary(ref lexer) : StatementEffects.ChangesSchema,
            FirstWord.Load => Load(ref lexer),
            FirstWord.Lock => StatementEffects.TableLocks,
            FirstWord.Unlock => StatementEffects.Unlock,
            FirstWord.Handler => StatementEffects.Handlers,
            FirstWord.Prepared => StatementEffects.SqlPrepared,
            FirstWord.Xa => StatementEffects.Xa,
            FirstWord.Get => StatementEffects.ReadsDiagnostics,
            FirstWord.Kill => StatementEffects.Kill,
            _ => StatementEffects.Opaque,
        };
    }

    private static StatementEffects Temporary(ref Lexer lexer)
    {
        var effects = StatementEffects.ChangesSchema;
        // CREATE OR REPLACE [TEMPORARY] TABLE.
        for (var i = 0; i < 3 && lexer.Kind == TokenKind.Word; i++)
        {
            if (lexer.Is("TEMPORARY"u8))
                return effects | StatementEffects.TempTables;
            lexer.Next();
        }
        return effects;
    }

    private static StatementEffects Show(ref Lexer lexer)
    {
        if (lexer.Is("WARNINGS"u8) || lexer.Is("ERRORS"u8) || lexer.Is("COUNT"u8))
            return StatementEffects.ReadsDiagnostics;
        return lexer.Is("PROFILE"u8) || lexer.Is("PROFILES"u8) ? StatementEffects.Opaque
            : StatementEffects.None;
    }

    private static StatementEffects Load(ref Lexer lexer)
    {
        if (!lexer.Is("DATA"u8) && !lexer.Is("XML"u8))
            return StatementEffects.Opaque;
        var effects = StatementEffects.None;
        for (var i = 0; i < 3 && lexer.Kind == TokenKind.Word; i++)
        {
            if (lexer.Is("LOCAL"u8))
                effects |= StatementEffects.LocalFile;
            lexer.Next();
        }
        return effects;
    }

    /// <summary>What a word says wherever it stands.</summary>
    private static StatementEffects Any(ref Lexer lexer)
    {
        switch (lexer.Kind)
        {
            case TokenKind.Variable:
                // Read or assigned (:=, INTO): until the grammar tells them apart, it may be assigned.
                return StatementEffects.UserVariables;
            case TokenKind.ExecutableComment or TokenKind.Broken:
                return StatementEffects.Opaque;
            case TokenKind.SystemVariable:
                return OfSystemVariable(lexer.Word);
            case TokenKind.Word or TokenKind.QuotedName:
                return SuspiciousWords.EffectsOf(lexer.Word);
            default:
                return StatementEffects.None;
        }
    }

    private static StatementEffects OfSystemVariable(ReadOnlySpan<byte> name)
    {
        var dot = name.LastIndexOf((byte)'.');
        name = name[(dot + 1)..];
        if (Lexer.EqualsUpper(name, "IDENTITY"u8) || Lexer.EqualsUpper(name, "LAST_INSERT_ID"u8))
            return StatementEffects.ReadsInsertId;
        return Lexer.EqualsUpper(name, "WARNING_COUNT"u8) || Lexer.EqualsUpper(name, "ERROR_COUNT"u8)
            ? StatementEffects.ReadsDiagnostics : StatementEffects.None;
    }
}
