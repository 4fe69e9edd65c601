using System.Text;

namespace Sento.MySql.Pinning;

/// <summary>What the first words of a statement say; leaves the lexer where the rest begins.</summary>
internal static class FirstGrammar
{
    private const StatementEffects Unknown =
        StatementEffects.Opaque | StatementEffects.ReadsInsertId | StatementEffects.SetsInsertId;

    public static StatementEffects Read(ref Lexer lexer, ref ScannedNames names)
    {
        if (lexer.Is((byte)'('))
        {
            while (lexer.Is((byte)'('))
                lexer.Next();
            return lexer.Is("SELECT"u8) || lexer.Is("WITH"u8) || lexer.Is("VALUES"u8) || lexer.Is("TABLE"u8)
                ? StatementEffects.None : StatementEffects.Opaque;
        }
        if (lexer.Kind != TokenKind.Word)
            return StatementEffects.Opaque | StatementEffects.RunsCode;
        var kind = FirstWords.KindOf(lexer.Word);
        var isBegin = lexer.Is("BEGIN"u8);
        var word = lexer.Word;
        lexer.Next();
        // MariaDB's BEGIN NOT ATOMIC is a program.
        if (isBegin && lexer.Is("NOT"u8))
            return StatementEffects.Opaque | StatementEffects.RunsCode;
        return kind switch
        {
            FirstWord.Quiet => StatementEffects.None,
            FirstWord.End => End(ref lexer),
            FirstWord.Use => StatementEffects.Schema,
            FirstWord.Show => Show(ref lexer),
            FirstWord.Set => SetGrammar.Read(ref lexer, ref names),
            FirstWord.Definition => Definition(ref lexer, ref names, Lexer.EqualsUpper(word, "DROP"u8)),
            FirstWord.Load => Load(ref lexer),
            FirstWord.Flush => Flush(ref lexer),
            FirstWord.Lock => StatementEffects.TableLocks,
            FirstWord.Unlock => StatementEffects.Unlock,
            FirstWord.Backup => lexer.Is("UNLOCK"u8) ? StatementEffects.Unlock : Backup(ref lexer),
            FirstWord.Handler => Handler(ref lexer, ref names),
            FirstWord.Prepared => Prepared(ref lexer, ref names, word),
            FirstWord.Xa => StatementEffects.Xa,
            FirstWord.Get => StatementEffects.ReadsDiagnostics,
            FirstWord.Kill => StatementEffects.Kill,
            FirstWord.Code => Unknown | StatementEffects.RunsCode,
            _ => Unknown,
        };
    }

    /// <summary>
    /// COMMIT, ROLLBACK: [WORK] [AND [NO] CHAIN] [[NO] RELEASE]; not ROLLBACK TO a savepoint.
    /// </summary>
    private static StatementEffects End(ref Lexer lexer)
    {
        var isNegated = false;
        var effects = StatementEffects.EndsTransaction;
        while (lexer.Kind == TokenKind.Word)
        {
            if (lexer.Is("TO"u8))
                return StatementEffects.None;
            if (lexer.Is("RELEASE"u8) || lexer.Is("CHAIN"u8))
                effects = !isNegated && lexer.Is("RELEASE"u8) ? StatementEffects.EndsSession
                    : StatementEffects.None;
            isNegated = lexer.Is("NO"u8);
            lexer.Next();
        }
        return effects;
    }

    private static StatementEffects Definition(ref Lexer lexer, ref ScannedNames names, bool isDrop)
    {
        if (isDrop && lexer.Is("PREPARE"u8))
        {
            lexer.Next();
            return Name(ref lexer, ref names, HeldKind.SqlPrepared, isTaken: false);
        }
        if (isDrop && (lexer.Is("TABLE"u8) || lexer.Is("TABLES"u8) || lexer.Is("TEMPORARY"u8)))
            return StatementEffects.ChangesSchema | DropTable(ref lexer, ref names);
        return lexer.Is("TEMPORARY"u8) || lexer.Is("OR"u8) ? Temporary(ref lexer, ref names)
            : StatementEffects.ChangesSchema;
    }

    /// <summary>CREATE [OR REPLACE] TEMPORARY TABLE [IF NOT EXISTS] name.</summary>
    private static StatementEffects Temporary(ref Lexer lexer, ref ScannedNames names)
    {
        for (var i = 0; i < 2 && !lexer.Is("TEMPORARY"u8) && lexer.Kind == TokenKind.Word; i++)
            lexer.Next();
        if (!lexer.Is("TEMPORARY"u8))
            return StatementEffects.ChangesSchema;
        lexer.Next();
        if (!lexer.Is("TABLE"u8))
            return StatementEffects.ChangesSchema | StatementEffects.TempTables | StatementEffects.Opaque;
        names.UsesTables = true;
        lexer.Next();
        Skip(ref lexer, "IF"u8, "NOT"u8, "EXISTS"u8);
        return StatementEffects.ChangesSchema | StatementEffects.TempTables
            | Name(ref lexer, ref names, HeldKind.TempTable, isTaken: true);
    }

    /// <summary>DROP [TEMPORARY] TABLE [IF EXISTS] name, name: a temporary one goes first.</summary>
    private static StatementEffects DropTable(ref Lexer lexer, ref ScannedNames names)
    {
        Skip(ref lexer, "TEMPORARY"u8, default, default);
        if (!lexer.Is("TABLE"u8) && !lexer.Is("TABLES"u8))
            return StatementEffects.None;
        names.UsesTables = true;
        lexer.Next();
        Skip(ref lexer, "IF"u8, "EXISTS"u8, default);
        var effects = Name(ref lexer, ref names, HeldKind.TempTable, isTaken: false);
        while (lexer.Is((byte)','))
        {
            lexer.Next();
            effects |= Name(ref lexer, ref names, HeldKind.TempTable, isTaken: false);
        }
        return effects;
    }

    private static StatementEffects Handler(ref Lexer lexer, ref ScannedNames names)
    {
        var before = names.Held?.Count ?? 0;
        var effects = Name(ref lexer, ref names, HeldKind.Handler, isTaken: true);
        if (names.Held is not { } held || held.Count == before)
            return StatementEffects.Handlers | StatementEffects.Opaque;
        var table = held[^1];
        held.RemoveAt(before);
        if (lexer.Is("OPEN"u8))
        {
            lexer.Next();
            Skip(ref lexer, "AS"u8, default, default);
            // An alias takes the table's place.
            if (lexer.Kind is TokenKind.Word or TokenKind.QuotedName)
                return StatementEffects.Handlers | Name(ref lexer, ref names, HeldKind.Handler,
                    isTaken: true);
            names.Add(table with { Schema = "" });
            return StatementEffects.Handlers | effects;
        }
        if (!lexer.Is("CLOSE"u8))
            return StatementEffects.None;
        names.Add(table with { Schema = "", IsTaken = false });
        return effects;
    }

    /// <summary>PREPARE name FROM 'text', EXECUTE name, DEALLOCATE PREPARE name.</summary>
    private static StatementEffects Prepared(ref Lexer lexer, ref ScannedNames names, ReadOnlySpan<byte> word)
    {
        // What it does was told by the text that it was prepared from.
        if (Lexer.EqualsUpper(word, "EXECUTE"u8))
            return lexer.Is("IMMEDIATE"u8) ? StatementEffects.Opaque | StatementEffects.RunsCode
                : StatementEffects.None;
        if (Lexer.EqualsUpper(word, "DEALLOCATE"u8))
        {
            lexer.Next();
            return Name(ref lexer, ref names, HeldKind.SqlPrepared, isTaken: false);
        }
        var effects = StatementEffects.SqlPrepared | Name(ref lexer, ref names, HeldKind.SqlPrepared,
            isTaken: true);
        if (!lexer.Is("FROM"u8))
            return effects | StatementEffects.Opaque;
        lexer.Next();
        if (lexer.Kind != TokenKind.Text || lexer.Word.IndexOfAny((byte)'\\', (byte)'\'', (byte)'"') >= 0)
            return effects | StatementEffects.Opaque;
        var inner = StatementScanner.Scan(lexer.Word, lexer.Mode).Effects;
        // Which variables it sets when, and what it asks, shows only where it is executed.
        return inner == StatementEffects.None ? effects : effects | inner | StatementEffects.Opaque;
    }

    private static StatementEffects Show(ref Lexer lexer)
    {
        if (lexer.Is("WARNINGS"u8) || lexer.Is("ERRORS"u8) || lexer.Is("COUNT"u8))
            return StatementEffects.ReadsDiagnostics;
        return lexer.Is("PROFILE"u8) || lexer.Is("PROFILES"u8) ? StatementEffects.Opaque
            : StatementEffects.None;
    }

    /// <summary>
    /// FLUSH TABLES … WITH READ LOCK or FOR EXPORT holds; the rest is done when it is done.
    /// </summary>
    private static StatementEffects Flush(ref Lexer lexer)
    {
        var effects = StatementEffects.None;
        while (lexer.Kind != TokenKind.End && !lexer.Is((byte)';'))
        {
            if (lexer.Is("LOCK"u8) || lexer.Is("EXPORT"u8) || lexer.Kind is TokenKind.ExecutableComment
                or TokenKind.Broken)
                effects = StatementEffects.TableLocks;
            lexer.Next();
        }
        return effects;
    }

    /// <summary>BACKUP STAGE END and BACKUP UNLOCK give up what the others take.</summary>
    private static StatementEffects Backup(ref Lexer lexer)
    {
        lexer.Next();
        return lexer.Is("END"u8) ? StatementEffects.Unlock : StatementEffects.TableLocks;
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

    /// <summary>[schema.]name; the lexer stands behind it.</summary>
    private static StatementEffects Name(ref Lexer lexer, ref ScannedNames names, HeldKind kind, bool isTaken)
    {
        if (lexer.Kind is not (TokenKind.Word or TokenKind.QuotedName))
            return isTaken ? StatementEffects.Opaque : StatementEffects.None;
        var schema = "";
        var name = Encoding.Latin1.GetString(lexer.Word);
        lexer.Next();
        if (lexer.Is((byte)'.'))
        {
            lexer.Next();
            schema = name;
            name = Encoding.Latin1.GetString(lexer.Word);
            lexer.Next();
        }
        names.Add(new HeldObject(kind, schema, name, isTaken));
        return StatementEffects.Objects;
    }

    private static void Skip(ref Lexer lexer, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third)
    {
        if (!lexer.Is(first))
            return;
        lexer.Next();
        if (!second.IsEmpty && lexer.Is(second))
            lexer.Next();
        if (!third.IsEmpty && lexer.Is(third))
            lexer.Next();
    }
}
