using System.Text;

namespace Sento.MySql.Server;

/// <summary>What servers are asked to report of a session's changes.</summary>
internal static class TrackingQuery
{
    /// <summary>
    /// MySQL gets a list: with '*' it would tell the number of each statement, and every reply would have
    /// to be rewritten. A variable that is not listed pins the session that sets it.
    /// </summary>
    private const string Listed =
        "autocommit,auto_increment_increment,auto_increment_offset,big_tables,block_encryption_mode,"
        + "bulk_insert_buffer_size,character_set_client,character_set_connection,"
        + "character_set_filesystem,character_set_results,character_set_server,collation_connection,"
        + "collation_server,completion_type,cte_max_recursion_depth,default_collation_for_utf8mb4,"
        + "default_storage_engine,default_tmp_storage_engine,default_week_format,"
        + "div_precision_increment,end_markers_in_json,eq_range_index_dive_limit,explain_format,"
        + "explicit_defaults_for_timestamp,foreign_key_checks,generated_random_password_length,"
        + "group_concat_max_len,information_schema_stats_expiry,innodb_lock_wait_timeout,"
        + "innodb_strict_mode,innodb_table_locks,innodb_tmpdir,interactive_timeout,"
        + "internal_tmp_mem_storage_engine,join_buffer_size,keep_files_on_create,lc_messages,"
        + "lc_time_names,lock_wait_timeout,long_query_time,low_priority_updates,max_allowed_packet,"
        + "max_error_count,max_execution_time,max_heap_table_size,max_join_size,"
        + "max_length_for_sort_data,max_points_in_geometry,max_seeks_for_key,max_sort_length,"
        + "max_sp_recursion_depth,min_examined_row_limit,myisam_sort_buffer_size,net_buffer_length,"
        + "net_read_timeout,net_retry_count,net_write_timeout,new,old_alter_table,"
        + "optimizer_prune_level,optimizer_search_depth,optimizer_switch,optimizer_trace,"
        + "optimizer_trace_features,optimizer_trace_limit,optimizer_trace_max_mem_size,"
        + "optimizer_trace_offset,parser_max_mem_size,preload_buffer_size,print_identified_with_as_hex,"
        + "query_alloc_block_size,query_prealloc_size,range_alloc_block_size,"
        + "range_optimizer_max_mem_size,read_buffer_size,read_rnd_buffer_size,resultset_metadata,"
        + "secondary_engine_cost_threshold,select_into_buffer_size,select_into_disk_sync,"
        + "select_into_disk_sync_delay,session_track_gtids,session_track_schema,"
        + "session_track_state_change,session_track_system_variables,session_track_transaction_info,"
        + "set_operations_buffer_size,show_create_table_skip_secondary_engine,"
        + "show_create_table_verbosity,show_gipk_in_create_table_and_information_schema,"
        + "sort_buffer_size,sql_auto_is_null,sql_big_selects,sql_buffer_result,"
        + "sql_generate_invisible_primary_key,sql_mode,sql_notes,sql_quote_show_create,"
        + "sql_require_primary_key,sql_safe_updates,sql_select_limit,sql_warnings,time_zone,"
        + "tmp_table_size,transaction_alloc_block_size,transaction_isolation,transaction_prealloc_size,"
        + "transaction_read_only,unique_checks,updatable_views_with_limit,use_secondary_engine,"
        + "wait_timeout,windowing_use_high_precision,xa_detach_on_prepare";

    private static readonly byte[] MySql = Build(Listed);
    private static readonly byte[] MariaDb = Build("*");

    public static ReadOnlySpan<byte> For(TargetFacts facts) => facts.IsMariaDb ? MariaDb : MySql;

    /// <summary>The same as assignments, to go with others in one SET.</summary>
    public static ReadOnlySpan<byte> AssignmentsFor(TargetFacts facts) => For(facts)["SET "u8.Length..];

    private static byte[] Build(string names) => Encoding.ASCII.GetBytes(
        "SET @@session.session_track_schema=1,@@session.session_track_state_change=1,"
        + $"@@session.session_track_system_variables='{names}'");
}
