using System.Diagnostics;
using Npgsql;
using Sento.Lab.Load;
using Sento.Lab.Plan;

namespace Sento.Lab.Measures;

/// <summary>What the database itself says of the work that was done in it.</summary>
/// <param name="Hits">Writes that stand in the table.</param>
/// <param name="Updates">Rows updated, of pg_stat_user_tables.</param>
/// <param name="Commits">Transactions committed, of pg_stat_database; those of who looks on included.</param>
public sealed record ServerCounters(long Hits, long Updates, long Commits)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    public static async Task PrepareAsync(string admin)
    {
        await using var connection = await OpenAsync(admin);
        await RunAsync(connection, Handler.Schema);
        await RunAsync(connection, $"GRANT ALL ON item TO {Servers.ThrowawayServer.User}");
    }

    /// <summary>The same rows, unused, before each arm.</summary>
    public static async Task<ServerCounters> ResetAsync(string admin)
    {
        await using var connection = await OpenAsync(admin);
        await RunAsync(connection, "TRUNCATE item");
        await RunAsync(connection,
            "INSERT INTO item SELECT id, id * 7 % 1000, 0 FROM "
            + $"generate_series(0, {ArrivalTrace.Items - 1}) AS id");
        await RunAsync(connection, "VACUUM ANALYZE item");
        await RunAsync(connection, "CHECKPOINT");
        return await ReadAsync(connection);
    }

    public static async Task<ServerCounters> ReadAsync(string admin)
    {
        await using var connection = await OpenAsync(admin);
        return await ReadAsync(connection);
    }

    /// <summary>The application's stored SCRAM secret.</summary>
    public static async Task<string> VerifierAsync(string admin)
    {
        await using var connection = await OpenAsync(admin);
        await using var command = new NpgsqlCommand(
            "SELECT rolpassword FROM pg_authid WHERE rolname = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Servers.ThrowawayServer.User });
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>
    /// Returns when the application has no connection left, at the latest after the patience.
    /// </summary>
    public static async Task WaitForNobodyAsync(string admin, TimeSpan patience)
    {
        await using var connection = await OpenAsync(admin);
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Servers.ThrowawayServer.User });
        var begun = Stopwatch.StartNew();
        while ((long)(await command.ExecuteScalarAsync())! > 0 && begun.Elapsed < patience)
            await Task.Delay(AskAgain);
    }

    public static ServerCounters operator -(ServerCounters later, ServerCounters earlier) => new(
        later.Hits - earlier.Hits, later.Updates - earlier.Updates, later.Commits - earlier.Commits);

    private static async Task<ServerCounters> ReadAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("""
            SELECT (SELECT sum(hits) FROM item)::int8,
                (SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'item')::int8,
                (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::int8
            """, connection);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }

    private static async Task<NpgsqlConnection> OpenAsync(string admin)
    {
        var connection = new NpgsqlConnection(admin);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
