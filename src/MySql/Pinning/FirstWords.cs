namespace Sento.MySql.Pinning;

/// <summary>What a statement's first word makes of it.</summary>
internal enum FirstWord
{
    Unknown, Quiet, End, Use, Show, Set, Definition, Load, Flush, Lock, Unlock, Backup, Handler, Prepared,
        Xa, Get,
    Kill,

    /// <summary>Statements of its own: a procedure's, or a block's as MariaDB has them.</summary>
    Code,
}

/// <summary>The first words that are known, by length.</summary>
internal static class FirstWords
{
    public static FirstWord KindOf(ReadOnlySpan<byte> word) => word.Length switch
    {
        2 => Two(word),
        3 => Three(word),
        4 => Four(word),
        5 => Five(word),
        6 => Six(word),
        7 => Seven(word),
        8 => Eight(word),
        9 => Nine(word),
        10 => Ten(word),
        _ => FirstWord.Unknown,
    };

    private static FirstWord Two(ReadOnlySpan<byte> word) =>
        Is(word, "DO"u8) ? FirstWord.Quiet :
        Is(word, "XA"u8) ? FirstWord.Xa :
        Is(word, "IF"u8) ? FirstWord.Code :
        FirstWord.Unknown;

    private static FirstWord Three(ReadOnlySpan<byte> word) =>
        Is(word, "USE"u8) ? FirstWord.Use :
        Is(word, "SET"u8) ? FirstWord.Set :
        Is(word, "GET"u8) ? FirstWord.Get :
        Is(word, "FOR"u8) ? FirstWord.Code :
        FirstWord.Unknown;

    private static FirstWord Four(ReadOnlySpan<byte> word) =>
        Is(word, "WITH"u8) ? FirstWord.Quiet :
        Is(word, "DESC"u8) ? FirstWord.Quiet :
        Is(word, "HELP"u8) ? FirstWord.Quiet :
        Is(word, "SHOW"u8) ? FirstWord.Show :
        Is(word, "DROP"u8) ? FirstWord.Definition :
        Is(word, "LOAD"u8) ? FirstWord.Load :
        Is(word, "LOCK"u8) ? FirstWord.Lock :
        Is(word, "KILL"u8) ? FirstWord.Kill :
        Is(word, "CALL"u8) ? FirstWord.Code :
        Is(word, "CASE"u8) ? FirstWord.Code :
        Is(word, "LOOP"u8) ? FirstWord.Code :
        FirstWord.Unknown;

    private static FirstWord Five(ReadOnlySpan<byte> word) =>
        Is(word, "TABLE"u8) ? FirstWord.Quiet :
        Is(word, "BEGIN"u8) ? FirstWord.Quiet :
        Is(word, "START"u8) ? FirstWord.Quiet :
        Is(word, "PURGE"u8) ? FirstWord.Quiet :
        Is(word, "ALTER"u8) ? FirstWord.Definition :
        Is(word, "GRANT"u8) ? FirstWord.Definition :
        Is(word, "CHECK"u8) ? FirstWord.Definition :
        Is(word, "FLUSH"u8) ? FirstWord.Flush :
        Is(word, "WHILE"u8) ? FirstWord.Code :
        FirstWord.Unknown;

    private static FirstWord Six(ReadOnlySpan<byte> word) =>
        Is(word, "SELECT"u8) ? FirstWord.Quiet :
        Is(word, "INSERT"u8) ? FirstWord.Quiet :
        Is(word, "UPDATE"u8) ? FirstWord.Quiet :
        Is(word, "DELETE"u8) ? FirstWord.Quiet :
        Is(word, "VALUES"u8) ? FirstWord.Quiet :
        Is(word, "COMMIT"u8) ? FirstWord.End :
        Is(word, "CREATE"u8) ? FirstWord.Definition :
        Is(word, "RENAME"u8) ? FirstWord.Definition :
        Is(word, "REVOKE"u8) ? FirstWord.Definition :
        Is(word, "REPAIR"u8) ? FirstWord.Definition :
        Is(word, "BACKUP"u8) ? FirstWord.Backup :
        Is(word, "UNLOCK"u8) ? FirstWord.Unlock :
        Is(word, "REPEAT"u8) ? FirstWord.Code :
        FirstWord.Unknown;

    private static FirstWord Seven(ReadOnlySpan<byte> word) =>
        Is(word, "REPLACE"u8) ? FirstWord.Quiet :
        Is(word, "RELEASE"u8) ? FirstWord.Quiet :
        Is(word, "EXPLAIN"u8) ? FirstWord.Quiet :
        Is(word, "ANALYZE"u8) ? FirstWord.Definition :
        Is(word, "HANDLER"u8) ? FirstWord.Handler :
        Is(word, "PREPARE"u8) ? FirstWord.Prepared :
        Is(word, "EXECUTE"u8) ? FirstWord.Prepared :
        Is(word, "DECLARE"u8) ? FirstWord.Code :
        FirstWord.Unknown;

    private static FirstWord Eight(ReadOnlySpan<byte> word) =>
        Is(word, "ROLLBACK"u8) ? FirstWord.End :
        Is(word, "DESCRIBE"u8) ? FirstWord.Quiet :
        Is(word, "CHECKSUM"u8) ? FirstWord.Quiet :
        Is(word, "TRUNCATE"u8) ? FirstWord.Definition :
        Is(word, "OPTIMIZE"u8) ? FirstWord.Definition :
        FirstWord.Unknown;

    private static FirstWord Nine(ReadOnlySpan<byte> word) =>
        Is(word, "SAVEPOINT"u8) ? FirstWord.Quiet :
        FirstWord.Unknown;

    private static FirstWord Ten(ReadOnlySpan<byte> word) =>
        Is(word, "DEALLOCATE"u8) ? FirstWord.Prepared :
        FirstWord.Unknown;

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> upper) =>
        Lexer.EqualsUpper(word, upper);
}
