using Sento.Lab.Load;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Results;
using Sento.Lab.Roads;
using Sento.Lab.Servers;

namespace Sento.Lab;

/// <summary>Who watches a run while it goes on.</summary>
public interface ILabWatcher
{
    void Says(string line);

    /// <summary>An arm begins; its figures can be read while it runs.</summary>
    void Begins(Arm arm, int round, Func<Moment?> latest);

    void Ended(ArmResult result);
}

/// <summary>
/// A whole run: a throwaway server, all arms one after another, in rounds; nothing stays behind.
/// </summary>
/// <param name="program">The command that starts this program, without arguments.</param>
/// <param name="folder">Where the raw outcomes go.</param>
public sealed class LabRun(LabPlan plan, IReadOnlyList<string> program, string folder, ILabWatcher watcher)
{
    private const string RawFile = "invocations.csv";

    public async Task<RunResult> RunAsync(string version, TextWriter output, CancellationToken stopped)
    {
        await StaleServers.RemoveAsync(output);
        var programs = PostgresInstallation.Find() ?? await PostgresInstallation.InstallAsync(output);
        watcher.Says($"{programs.Name}, seed {plan.Seed}, {plan.Environments} environments");
        await using var lifeline = new Lifeline();
        await using var server = await ThrowawayServer.StartAsync(lifeline, programs, []);
        var scratch = Directory.CreateDirectory(Path.Combine(server.Folder, "lab")).FullName;
        var stage = new LabStage(lifeline, server, scratch, program, PgBouncerProgram.Find());
        await ServerCounters.PrepareAsync(stage.AdminConnection);

        var results = new List<ArmResult>();
        await using var raw = new StreamWriter(Path.Combine(folder, RawFile));
        await raw.WriteLineAsync("round,arm," + Outcome.Head);
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var arm in Arm.AllOf(plan))
            {
                stopped.ThrowIfCancellationRequested();
                results.Add(await RunArmAsync(stage, arm, round, raw, stopped));
            }
        }
        return new RunResult(
            plan, Machine.Here(programs.Name, version), DateTimeOffset.UtcNow, results);
    }

    private async Task<ArmResult> RunArmAsync(
        LabStage stage, Arm arm, int round, StreamWriter raw, CancellationToken stopped)
    {
        var run = new ArmRun(stage, plan, arm, round);
        watcher.Begins(arm, round, () => run.Sampler?.Latest);
        var result = await run.RunAsync(stopped);
        foreach (var outcome in run.Outcomes)
            await raw.WriteLineAsync($"{round},{arm.Letter},{outcome.ToLine()}");
        watcher.Ended(result);
        return result;
    }
}
