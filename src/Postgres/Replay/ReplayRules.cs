using System.Collections.Frozen;

namespace Sento.Postgres.Replay;

/// <summary>
/// What may be replayed ahead of a client's statement without waiting for the server's answer.
/// </summary>
/// <remarks>
/// If a replay failed after the statement behind it was sent, the statement would run with foreign settings.
/// So only settings whose value was accepted once and whose check looks at nothing but the value are sent
/// ahead;
/// for all others the statement waits for the answer. Roles are never among them: a membership can be
/// revoked.
/// </remarks>
internal static class ReplayRules
{
    private static readonly FrozenSet<string> ValueOnly = new[]
    {
        "application_name", "array_nulls", "backslash_quote", "bytea_output", "check_function_bodies",
        "client_encoding", "client_min_messages", "constraint_exclusion", "cpu_index_tuple_cost",
        "cpu_operator_cost", "cpu_tuple_cost", "cursor_tuple_fraction", "datestyle", "deadlock_timeout",
        "default_transaction_deferrable", "default_transaction_isolation", "default_transaction_read_only",
        "effective_cache_size", "enable_bitmapscan", "enable_hashagg", "enable_hashjoin", "enable_indexonlyscan",
        "enable_indexscan", "enable_material", "enable_memoize", "enable_mergejoin", "enable_nestloop",
        "enable_parallel_append", "enable_parallel_hash", "enable_partition_pruning", "enable_partitionwise_aggregate",
        "enable_partitionwise_join", "enable_seqscan", "enable_sort", "enable_tidscan", "escape_string_warning",
        "extra_float_digits", "from_collapse_limit", "geqo", "gin_fuzzy_search_limit", "hash_mem_multiplier",
        "idle_in_transaction_session_timeout", "intervalstyle", "jit", "jit_above_cost", "join_collapse_limit",
        "lc_monetary", "lc_numeric", "lc_time", "lock_timeout", "maintenance_work_mem",
        "max_parallel_workers_per_gather", "parallel_setup_cost", "parallel_tuple_cost", "plan_cache_mode",
        "quote_all_identifiers", "random_page_cost", "row_security", "search_path", "seq_page_cost",
        "standard_conforming_strings", "statement_timeout", "synchronize_seqscans", "synchronous_commit",
        "temp_buffers", "timezone", "transaction_timeout", "transform_null_equals", "work_mem", "xmlbinary", "xmloption",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True: the value alone decides whether it is accepted, and it was accepted before.</summary>
    /// <remarks>
    /// Names with a dot belong to nobody or to an extension: placeholders take any text. Bytes beyond ASCII
    /// depend on
    /// the client's encoding at that moment and so on another setting.
    /// </remarks>
    public static bool IsContextFree(string name, string value)
    {
        foreach (var c in value)
        {
            if (c > '~')
                return false;
        }
        return name.Contains('.', StringComparison.Ordinal) || ValueOnly.Contains(name);
    }

    /// <summary>True: not a value of the session that could be read back and made again.</summary>
    public static bool IsNoState(string name) => name is "seed" or "transaction_isolation" or "transaction_read_only"
        or "transaction_deferrable";

    /// <summary>
    /// True: never carried to another server connection, where it would end idle connections of the
    /// pool.
    /// </summary>
    public static bool StaysBehind(string name) =>
        name.Equals("idle_session_timeout", StringComparison.OrdinalIgnoreCase);
}
