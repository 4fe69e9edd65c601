namespace Sento.MySql.Pinning;

/// <summary>Words that betray an effect wherever they stand in a text.</summary>
internal static class SuspiciousWords
{
    public static StatementEffects EffectsOf(ReadOnlySpan<byte> word)
    {
        // None of them is shorter or longer; nearly every word ends here.
        if (word.Length is < 7 or > 32)
            return StatementEffects.None;
        return (word[0] | 0x20) switch
        {
            'g' when Is(word, "GET_LOCK"u8) => StatementEffects.NamedLocks,
            'r' when Is(word, "RELEASE_ALL_LOCKS"u8) => StatementEffects.ReleasesAllLocks,
            'r' when Is(word, "ROW_COUNT"u8) => StatementEffects.ReadsRowCount,
            'f' when Is(word, "FOUND_ROWS"u8) => StatementEffects.ReadsFoundRows,
            'l' when Is(word, "LAST_INSERT_ID"u8) => StatementEffects.ReadsInsertId,
            'l' when Is(word, "LASTVAL"u8) => StatementEffects.ReadsInsertId,
            'p' when Is(word, "PREVIOUS"u8) => StatementEffects.ReadsInsertId,
            's' when Is(word, "SQL_CALC_FOUND_ROWS"u8) => StatementEffects.CalculatesFoundRows,
            's' when Is(word, "SERVICE_GET_READ_LOCKS"u8) || Is(word, "SERVICE_GET_WRITE_LOCKS"u8)
                || Is(word, "SERVICE_RELEASE_LOCKS"u8) => StatementEffects.NamedLocks,
            'v' when Is(word, "VERSION_TOKENS_LOCK_SHARED"u8) || Is(word, "VERSION_TOKENS_LOCK_EXCLUSIVE"u8)
                => StatementEffects.NamedLocks,
            _ => StatementEffects.None,
        };
    }

    /// <summary>A system variable, with its scope or without.</summary>
    public static StatementEffects EffectsOfVariable(ReadOnlySpan<byte> name)
    {
        name = name[(name.LastIndexOf((byte)'.') + 1)..];
        if (Is(name, "IDENTITY"u8) || Is(name, "LAST_INSERT_ID"u8))
            return StatementEffects.ReadsInsertId;
        return Is(name, "WARNING_COUNT"u8) || Is(name, "ERROR_COUNT"u8) ? StatementEffects.ReadsDiagnostics
            : StatementEffects.None;
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> upper) =>
        Lexer.EqualsUpper(word, upper);
}
