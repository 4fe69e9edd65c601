using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>What a scenario's event did to each arm, in words.</summary>
internal sealed class ScenarioVerdict(RunResult run, Phrases phrases)
{
    public IEnumerable<string> Sentences
    {
        get
        {
            var plan = run.Plan;
            if (plan.Scenario == Scenario.None)
                yield break;
            var key = $"scenario.{plan.Scenario.ToString().ToLowerInvariant()}";
            yield return phrases.Say(key, plan.EventSeconds);
            foreach (var arm in run.Arms.Where(arm => arm is { Round: 0, Fault: null, AfterEvent: not null }))
                yield return Of(arm, arm.AfterEvent!);
        }
    }

    private string Of(ArmResult arm, AfterEvent after)
    {
        var (letter, name) = (arm.Arm.Letter, phrases.NameOf(arm.Arm));
        return phrases.Say(
            after.Failed == 0 ? "scenario.arm.good" : "scenario.arm", letter, name, after.Failed,
            after.Started, after.Errors, arm.GapSeconds);
    }
}
