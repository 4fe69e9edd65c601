namespace Sento.MySql.Replay;

/// <summary>Names in a <see cref="StateSet"/>, and which variables stay out of it.</summary>
internal static class StateNames
{
    /// <summary>The default schema. No variable can be called so.</summary>
    public const string Schema = " schema";

    /// <summary>COM_SET_OPTION: several statements in one text; "0" or "1".</summary>
    public const string MultiStatements = " multi_statements";

    public const string Autocommit = "autocommit";
    public const string CharsetClient = "character_set_client";
    public const string CharsetConnection = "character_set_connection";
    public const string CharsetResults = "character_set_results";
    public const string CollationConnection = "collation_connection";
    public const string SqlMode = "sql_mode";
    public const string InsertId = "last_insert_id";

    /// <summary>
    /// What definitions of columns are told in: SET NAMES and the handshake choose it, and no variable
    /// shows it.
    /// </summary>
    public const string CollationResults = " collation_results";

    private const string UserVariables = " @";

    public static string UserVariable(string name) => UserVariables + name;

    public static bool IsUserVariable(string name) =>
        name.StartsWith(UserVariables, StringComparison.Ordinal);

    /// <summary>How a text is read, and so what a prepared statement means, depends on these.</summary>
    public static bool ShapesStatements(string name) =>
        name is Schema or CharsetClient or CharsetConnection or CollationConnection or SqlMode;

    /// <summary>What servers must report to us whatever the client wishes.</summary>
    public static bool IsTracking(string name) =>
        name is "session_track_schema" or "session_track_state_change"
        or "session_track_system_variables";

    /// <summary>Follow the schema by themselves; or count the statements, as MySQL does.</summary>
    public static bool IsDerived(string name) =>
        name is "character_set_database" or "collation_database" or "statement_id";

    /// <summary>
    /// What the server reports of these is not what would bring them to another connection, or they belong
    /// to one statement only.
    /// </summary>
    public static bool IsUnreplayable(string name) => name is "timestamp" or "insert_id" or "rand_seed1"
        or "rand_seed2" or "pseudo_thread_id" or "pseudo_slave_mode"
        or "pseudo_replica_mode" or "gtid_next" or "gtid_seq_no" or "gtid_domain_id" or "server_id"
            or "sql_log_bin"
        or "profiling" or "original_commit_timestamp" or "skip_replication" or "proxy_user"
        or "transaction_allow_batching" or "debug" or "debug_sync" or "dbug" or "default_master_connection";

    public static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (var c in name)
        {
            if (c is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_'
                or (byte)'.'))
                return false;
        }
        return !name.IsEmpty;
    }
}
