using System.Text;

namespace Sento.MySql.Pinning;

/// <summary>SET in all its forms: which variables it sets, and for whom.</summary>
internal static class SetGrammar
{
    private const int NamesMax = 64;

    /// <summary>The lexer stands behind SET; leaves it at the statement's end.</summary>
    public static StatementEffects Read(ref Lexer lexer, ref ScannedNames names)
    {
        if (lexer.Is("TRANSACTION"u8))
            return StatementEffects.OneShotTransaction;
        if (lexer.Is("ROLE"u8) || lexer.Is("RESOURCE"u8) || lexer.Is("PASSWORD"u8) || lexer.Is("DEFAULT"u8))
            return StatementEffects.Identity;
        if (lexer.Is("STATEMENT"u8))
            return StatementEffects.Opaque;
        var effects = StatementEffects.None;
        do
        {
            if (lexer.Is((byte)','))
                lexer.Next();
            effects |= Assignment(ref lexer, ref names);
            effects |= SkipValue(ref lexer, ref names);
        }
        while (lexer.Is((byte)','));
        return effects;
    }

    private static StatementEffects Assignment(ref Lexer lexer, ref ScannedNames names)
    {
        if (lexer.Is("NAMES"u8) || lexer.Is("CHARACTER"u8) || lexer.Is("CHARSET"u8) || lexer.Is("CHAR"u8))
        {
            var isNames = lexer.Is("NAMES"u8);
            lexer.Next();
            return isNames ? StatementEffects.Names : StatementEffects.CharacterSet;
        }
        var isGlobal = lexer.Is("GLOBAL"u8) || lexer.Is("PERSIST"u8) || lexer.Is("PERSIST_ONLY"u8);
        var isSession = lexer.Is("SESSION"u8) || lexer.Is("LOCAL"u8);
        if (isGlobal || isSession)
            lexer.Next();
        if (isSession && lexer.Is("AUTHORIZATION"u8))
            return StatementEffects.Identity;
        if (lexer.Is("TRANSACTION"u8))
            return isGlobal ? StatementEffects.None : Transaction(ref lexer, ref names.Settings);
        switch (lexer.Kind)
        {
            case TokenKind.Variable:
                return LiteralGrammar.Read(ref lexer, ref names);
            case TokenKind.SystemVariable:
                return System(lexer.Word, ref names.Settings);
            case TokenKind.Word or TokenKind.QuotedName:
                return isGlobal ? StatementEffects.None : Note(lexer.Word, ref names.Settings);
            default:
                return StatementEffects.Opaque;
        }
    }

    private static StatementEffects Transaction(ref Lexer lexer, ref List<string>? names)
    {
        lexer.Next();
        // Which of the two names a server knows depends on its kind and age; asking for both is harmless.
        return Note("transaction_isolation"u8, ref names) | Note("transaction_read_only"u8, ref names);
    }

    private static StatementEffects System(ReadOnlySpan<byte> name, ref List<string>? names)
    {
        var dot = name.IndexOf((byte)'.');
        if (dot < 0)
        {
            // @@transaction_isolation without a scope is for the next transaction only.
            return Lexer.EqualsUpper(name, "TRANSACTION_ISOLATION"u8) || Lexer.EqualsUpper(name,
                "TX_ISOLATION"u8)
                || Lexer.EqualsUpper(name, "TRANSACTION_READ_ONLY"u8) || Lexer.EqualsUpper(name,
                    "TX_READ_ONLY"u8)
                ? StatementEffects.OneShotTransaction
                : Note(name, ref names);
        }
        var scope = name[..dot];
        if (Lexer.EqualsUpper(scope, "GLOBAL"u8) || Lexer.EqualsUpper(scope, "PERSIST"u8)
            || Lexer.EqualsUpper(scope, "PERSIST_ONLY"u8))
            return StatementEffects.None;
        return Lexer.EqualsUpper(scope, "SESSION"u8) || Lexer.EqualsUpper(scope, "LOCAL"u8)
            ? Note(name[(dot + 1)..], ref names) : StatementEffects.Opaque;
    }

    private static StatementEffects Note(ReadOnlySpan<byte> name, ref List<string>? names)
    {
        names ??= [];
        if (name.IsEmpty || names.Count >= NamesMax || !Ascii.IsValid(name))
            return StatementEffects.Opaque;
        names.Add(Encoding.ASCII.GetString(name).ToLowerInvariant());
        return StatementEffects.Settings;
    }

    /// <summary>Up to the comma that begins the next assignment, or the end.</summary>
    private static StatementEffects SkipValue(ref Lexer lexer, ref ScannedNames names)
    {
        var effects = StatementEffects.None;
        var depth = 0;
        while (lexer.Kind != TokenKind.End && !(depth == 0 && (lexer.Is((byte)',') || lexer.Is((byte)';'))))
        {
            names.Calls.See(lexer);
            if (lexer.Is((byte)'(')) depth++;
            else if (lexer.Is((byte)')')) depth--;
            if (lexer.Kind is TokenKind.ExecutableComment or TokenKind.Broken)
                effects |= StatementEffects.Opaque;
            else if (lexer.Kind == TokenKind.Word)
                effects |= SuspiciousWords.EffectsOf(lexer.Word);
            else if (lexer.Kind == TokenKind.SystemVariable)
                effects |= SuspiciousWords.EffectsOfVariable(lexer.Word);
            var isVariable = lexer.Kind == TokenKind.Variable;
            var isFrom = lexer.Is("FROM"u8);
            lexer.Next();
            names.UsesTables |= isFrom && !lexer.Is("DUAL"u8);
            // SET @a = @b := 1.
            if (isVariable && lexer.Is((byte)':'))
                effects |= StatementEffects.UserVariables;
        }
        return effects;
    }
}
