using Sento.Lab.Load;
using Sento.Lab.Plan;

namespace Sento.Lab.Results;

/// <summary>How soon invocations succeed again as they should, once what was hard is over.</summary>
internal static class Recovery
{
    private const long StepMicroseconds = 250_000;
    private const long LateMicroseconds = 1_000_000;
    private const double BadShare = 0.01;

    /// <returns>Seconds from <see cref="LabPlan.PeakEndSeconds"/>; null: not before the end.</returns>
    public static double? Of(LabPlan plan, IReadOnlyList<Outcome> outcomes)
    {
        var from = (long)(plan.PeakEndSeconds * 1_000_000);
        var steps = outcomes.Where(outcome => outcome.Wanted >= from)
            .GroupBy(outcome => (outcome.Wanted - from) / StepMicroseconds)
            .OrderBy(step => step.Key)
            .Select(step => (step.Key, IsBad: step.Count(IsBad) > BadShare * step.Count()))
            .ToList();
        if (steps.Count == 0 || steps[^1].IsBad)
            return null;
        var last = steps.FindLastIndex(step => step.IsBad);
        return last < 0 ? 0 : (steps[last].Key + 1) * (StepMicroseconds / 1e6);
    }

    private static bool IsBad(Outcome outcome) =>
        !outcome.Succeeded || outcome.Ended - outcome.Wanted > LateMicroseconds;
}
