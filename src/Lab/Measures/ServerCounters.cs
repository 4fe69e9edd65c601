using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Sento.Lab.Plan;
using Sento.Lab.Roads;

namespace Sento.Lab.Measures;

/// <summary>What the database itself says of the work that was done in it.</summary>
/// <param name="Hits">Writes that stand in the table.</param>
/// <param name="Updates">Rows updated, as the server counts them.</param>
/// <param name="Commits">Transactions committed; those of who looks on included.</param>
public sealed record ServerCounters(long Hits, long Updates, long Commits)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>The table that handlers work in; it must not be there yet.</summary>
    internal static async Task PrepareAsync(LabStage stage)
    {
        await using var connection = await stage.OpenAdminAsync();
        await RunAsync(connection, stage.Engine.Schema(stage.Database.User));
    }

    /// <summary>Takes the table away.</summary>
    internal static async Task RemoveAsync(LabStage stage)
    {
        await using var connection = await stage.OpenAdminAsync();
        await RunAsync(connection, $"DROP TABLE {ArrivalTrace.Table}");
    }

    /// <summary>The same rows, unused, before each arm.</summary>
    internal static async Task<ServerCounters> ResetAsync(LabStage stage)
    {
        await using var connection = await stage.OpenAdminAsync();
        foreach (var statement in stage.Engine.Reset(stage.Server is not null))
            await RunAsync(connection, statement);
        return await ReadAsync(connection, stage);
    }

    internal static async Task<ServerCounters> ReadAsync(LabStage stage)
    {
        await using var connection = await stage.OpenAdminAsync();
        return await ReadAsync(connection, stage);
    }

    internal static async Task SetPasswordAsync(LabStage stage, string password)
    {
        await using var connection = await stage.OpenAdminAsync();
        await RunAsync(connection, stage.Engine.SetPassword(stage.Database.User, password));
    }

    /// <summary>The application's stored SCRAM secret; its password where the server is somebody's.</summary>
    internal static async Task<string> VerifierAsync(LabStage stage)
    {
        if (stage.Server is null)
            return stage.Database.Password;
        await using var connection = await stage.OpenAdminAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT rolpassword FROM pg_authid WHERE rolname = '{stage.Database.User}'";
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>
    /// Returns when a server of ours has nothing to do, at the latest after the patience: what was given up
    /// may run on.
    /// </summary>
    internal static Task WaitForRestAsync(LabStage stage, TimeSpan patience) => stage.Server is null
        ? Task.CompletedTask
        : WaitAsync(stage, activity => activity.Busy == 0, patience);

    /// <summary>
    /// Returns when the application has no connections left but those it had before, at the latest after the
    /// patience.
    /// </summary>
    internal static Task WaitForNobodyAsync(LabStage stage, int others, TimeSpan patience) =>
        WaitAsync(stage, activity => activity.Connections <= others, patience);

    private static async Task WaitAsync(LabStage stage, Func<Activity, bool> isOver, TimeSpan patience)
    {
        await using var connection = await stage.OpenAdminAsync();
        var begun = Stopwatch.StartNew();
        while (begun.Elapsed < patience)
        {
            if (isOver(await Activity.ReadAsync(connection, stage)))
                return;
            await Task.Delay(AskAgain);
        }
    }

    public static ServerCounters operator -(ServerCounters later, ServerCounters earlier) => new(
        later.Hits - earlier.Hits, later.Updates - earlier.Updates, later.Commits - earlier.Commits);

    private static async Task<ServerCounters> ReadAsync(DbConnection connection, LabStage stage)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = stage.Engine.Counters;
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new(Number(row, 0), Number(row, 1), Number(row, 2));
    }

    private static async Task RunAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private static long Number(DbDataReader row, int column) =>
        row.IsDBNull(column) ? 0 : Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);
}
