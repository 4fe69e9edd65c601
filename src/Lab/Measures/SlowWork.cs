using System.Data.Common;
using Sento.Lab.Plan;
using Sento.Lab.Roads;

namespace Sento.Lab.Measures;

/// <summary>
/// Finds once for a run how much a slow read has to compare on this machine: the same work in all arms.
/// </summary>
internal static class SlowWork
{
    private const int TrialRows = 50;
    private const double TrialCpuSeconds = 0.3;

    /// <returns>Rows, for the CPU time that the plan wants; zero: no read is slow.</returns>
    public static async Task<int> RowsAsync(LabStage stage)
    {
        if (stage.Plan.Scenario != Scenario.Overload)
            return 0;
        await ServerCounters.ResetAsync(stage);
        await using var connection = await stage.OpenAdminAsync();
        await RunAsync(connection, stage);
        // Counted, not timed: others may use this machine too.
        var (runs, before, used) = (0, CpuSeconds(stage), 0.0);
        for (; used < TrialCpuSeconds; runs++)
        {
            await RunAsync(connection, stage);
            used = CpuSeconds(stage) - before;
        }
        var rows = stage.Plan.SlowCpu.TotalSeconds / (used / runs) * TrialRows;
        return (int)Math.Clamp(rows, 1, ArrivalTrace.Items);
    }

    private static double CpuSeconds(LabStage stage) =>
        ProcessFamily.CpuSeconds(stage.Server!.ProcessId!.Value);

    private static async Task RunAsync(DbConnection connection, LabStage stage)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = stage.Engine.SlowRead(TrialRows, 0);
        command.Parameters.Add(stage.Engine.Parameter(0));
        await command.ExecuteScalarAsync();
    }
}
