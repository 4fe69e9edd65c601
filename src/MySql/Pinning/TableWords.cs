namespace Sento.MySql.Pinning;

/// <summary>
/// Words that tell whether a statement reads or writes tables: if it does not, MariaDB goes on showing the
/// warnings of the statement before.
/// </summary>
internal static class TableWords
{
    /// <summary>Statements that begin with it always do.</summary>
    public static bool IsFirst(in Lexer lexer) => lexer.Kind == TokenKind.Word && lexer.Word.Length switch
    {
        4 => lexer.Is("CALL"u8) || lexer.Is("DESC"u8) || lexer.Is("LOAD"u8) || lexer.Is("LOCK"u8)
            || lexer.Is("SHOW"u8),
        5 => lexer.Is("TABLE"u8) || lexer.Is("CHECK"u8),
        6 => lexer.Is("INSERT"u8) || lexer.Is("UPDATE"u8) || lexer.Is("DELETE"u8) || lexer.Is("RENAME"u8)
            || lexer.Is("REPAIR"u8),
        7 => lexer.Is("REPLACE"u8) || lexer.Is("ANALYZE"u8) || lexer.Is("HANDLER"u8),
        8 => lexer.Is("DESCRIBE"u8) || lexer.Is("CHECKSUM"u8) || lexer.Is("TRUNCATE"u8)
            || lexer.Is("OPTIMIZE"u8),
        _ => false,
    };

    /// <summary>A word behind the first; behind FROM whatever stands there decides.</summary>
    public static bool IsLater(in Lexer lexer, StatementEffects effects) =>
        (effects & StatementEffects.ChangesSchema) != 0
        && (lexer.Is("TABLE"u8) || lexer.Is("TABLES"u8) || lexer.Is("VIEW"u8) || lexer.Is("INDEX"u8)
            || lexer.Is("SEQUENCE"u8));
}
