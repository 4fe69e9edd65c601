using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>What a scenario's event did to each arm, in words.</summary>
/// <param name="ran">A result for each arm, of all rounds together.</param>
internal sealed class ScenarioVerdict(LabPlan plan, IReadOnlyList<ArmResult> ran, Phrases phrases)
{
    public IEnumerable<string> Sentences
    {
        get
        {
            var arms = ran.Where(arm => arm.AfterEvent is not null).ToList();
            if (plan.Scenario == Scenario.Overload)
            {
                foreach (var sentence in Overload(arms))
                    yield return sentence;
                yield break;
            }
            var key = $"scenario.{plan.Scenario.ToString().ToLowerInvariant()}";
            yield return phrases.Say(key, plan.EventSeconds);
            foreach (var arm in arms)
                yield return Of(arm, arm.AfterEvent!);
        }
    }

    private IEnumerable<string> Overload(List<ArmResult> arms)
    {
        var slow = ArrivalTrace.Of(plan).Count(plan.IsSlow);
        yield return phrases.Say(
            "scenario.overload", plan.EventSeconds, plan.SlowCpu.TotalMilliseconds,
            plan.PeakEndSeconds - plan.EventSeconds, slow * plan.SlowCpu.TotalSeconds);
        foreach (var arm in arms)
            yield return Overloaded(arm, arm.AfterEvent!);
        if (Ran("DT") is { } impatient && Ran("D") is { } patient && impatient.Succeeded > patient.Succeeded)
            yield return phrases.Say("overload.impatient", impatient.Succeeded, patient.Succeeded);
        if (arms.MaxBy(arm => arm.Succeeded) is { } best)
        {
            yield return phrases.Say(
                "overload.best", best.Arm.Letter, phrases.NameOf(best.Arm), best.Succeeded, best.Started);
        }
    }

    private ArmResult? Ran(string letter) => ran.FirstOrDefault(arm => arm.Arm.Letter == letter);

    private string Overloaded(ArmResult arm, AfterEvent after)
    {
        var orphans = arm.Orphans is { Statements: > 0 } seen
            ? phrases.Say("overload.orphans", seen.Statements, seen.MostAtOnce, seen.LongestSeconds)
            : phrases.Say("overload.orphans.none");
        var recovery = arm.RecoverySeconds is { } seconds
            ? phrases.Say("overload.recovered", seconds)
            : phrases.Say("overload.never");
        return phrases.Say(
            "overload.arm", arm.Arm.Letter, phrases.NameOf(arm.Arm), after.Failed, after.Started,
            100.0 * after.Failed / after.Started, orphans, recovery);
    }

    private string Of(ArmResult arm, AfterEvent after)
    {
        var (letter, name) = (arm.Arm.Letter, phrases.NameOf(arm.Arm));
        return phrases.Say(
            after.Failed == 0 ? "scenario.arm.good" : "scenario.arm", letter, name, after.Failed,
            after.Started, after.Errors, arm.GapSeconds);
    }
}
