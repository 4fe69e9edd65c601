using Sento.Lab.Load;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Roads;
using Sento.Lab.Servers;

namespace Sento.Lab;

/// <summary>What a scenario does in the middle of an arm.</summary>
internal sealed class ScenarioEvent(LabStage stage, LabPlan plan, Arm arm, CpuReading cpu)
{
    /// <summary>Waits for the moment and does it.</summary>
    /// <returns>
    /// When it began, in seconds of the arm; null: nothing happens, or the arm ended before.
    /// </returns>
    public async Task<double?> RunAsync(ArmClock clock, CancellationToken ended)
    {
        if (plan.Scenario == Scenario.None)
            return null;
        var wait = TimeSpan.FromSeconds(Math.Max(0, plan.EventSeconds - clock.Seconds));
        await Task.Delay(wait, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCancellationRequested)
            return null;
        var begun = clock.Seconds;
        switch (plan.Scenario)
        {
            case Scenario.Rotate when arm.Road == Road.Sento:
                await SentoFiles.RotateAsync(stage);
                break;
            case Scenario.Rotate:
                await ServerCounters.SetPasswordAsync(stage, ThrowawayServer.NewPassword());
                break;
            case Scenario.Restart:
                cpu.Keep();
                await stage.Server!.CrashAsync(stage.SettingsFor(arm));
                break;
            case Scenario.Overload:
                // Invocations bring it with them.
                break;
        }
        return begun;
    }
}
