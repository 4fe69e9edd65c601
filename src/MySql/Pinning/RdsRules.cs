namespace Sento.MySql.Pinning;

/// <summary>
/// When RDS Proxy pins a session of MySQL or MariaDB, by its documentation ("Avoiding pinning an RDS Proxy",
/// conditions for RDS for MySQL and MariaDB). For those who want to see here what production will do.
/// </summary>
/// <remarks>
/// ROW_COUNT() and FOUND_ROWS() pin "sometimes" there, and always here. SET LOCAL is exempt there, though it
/// is SET SESSION. What routines hide pins nobody there; here it pins for another reason, as it could reach
/// others.
/// </remarks>
public static class RdsRules
{
    /// <summary>Bytes of a statement's text above which it pins.</summary>
    public const int StatementBytesMax = 16_384;

    private const StatementEffects Variables = StatementEffects.UserVariables
        | StatementEffects.LiteralVariables | StatementEffects.AskedVariables;

    private const StatementEffects Always = StatementEffects.TempTables | StatementEffects.TableLocks
        | StatementEffects.NamedLocks | StatementEffects.SqlPrepared | StatementEffects.ReadsRowCount
        | StatementEffects.ReadsFoundRows;

    /// <summary>Those that RDS Proxy follows without a pin; whole, and in lower case.</summary>
    private static readonly HashSet<string> s_followed =
    [
        "autocommit", "auto_increment_increment", "character_set_client", "character_set_database",
        "character_set_filesystem", "character_set_connection", "character_set_results",
        "character_set_server", "collation_connection", "collation_database", "collation_server",
        "interactive_timeout", "net_write_timeout", "query_cache_type", "session_track_schema", "sql_mode",
        "time_zone", "transaction_isolation", "tx_isolation", "transaction_read_only", "tx_read_only",
        "wait_timeout",
    ];

    /// <param name="excludesSets">The pinning filter EXCLUDE_VARIABLE_SETS.</param>
    public static bool Pins(
        StatementTraits traits, ReadOnlySpan<byte> text, ScanMode mode, bool excludesSets) =>
        text.Length > StatementBytesMax
        || (traits.Effects != StatementEffects.None && PinsByWords(traits, text, mode, excludesSets));

    private static bool PinsByWords(
        StatementTraits traits, ReadOnlySpan<byte> text, ScanMode mode, bool excludesSets)
    {
        if (traits.Has(Always))
            return true;
        if (!excludesSets && traits.Has(Variables | StatementEffects.OneShotTransaction))
            return true;
        if (!excludesSets && traits.SettingNames.Any(IsNotFollowed) && !IsSetLocal(traits, text, mode))
            return true;
        return traits.Has(StatementEffects.Opaque) && HasExecutableComment(text, mode);
    }

    private static bool IsNotFollowed(string name) => name[0] == '@' || !s_followed.Contains(name);

    private static bool IsSetLocal(StatementTraits traits, ReadOnlySpan<byte> text, ScanMode mode)
    {
        if (traits.Has(StatementEffects.Multiple))
            return false;
        var lexer = new Lexer(text, mode);
        lexer.Next();
        if (!lexer.Is("SET"u8))
            return false;
        lexer.Next();
        return lexer.Is("LOCAL"u8);
    }

    /// <summary>The SQL in /*! … */ and /*M! … */ is not looked at there.</summary>
    private static bool HasExecutableComment(ReadOnlySpan<byte> text, ScanMode mode)
    {
        var lexer = new Lexer(text, mode);
        do lexer.Next();
        while (lexer.Kind is not (TokenKind.End or TokenKind.ExecutableComment or TokenKind.Broken));
        return lexer.Kind == TokenKind.ExecutableComment;
    }
}
