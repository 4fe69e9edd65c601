using Sento.Lab.Load;
using Sento.Lab.Plan;

namespace Sento.Lab.Results;

/// <summary>Turns the outcomes of an arm into the figures of its result.</summary>
internal static class Tally
{
    private const int CurveSteps = 200;

    /// <param name="wanted">All arrivals: those without an outcome count as unfinished.</param>
    /// <param name="said">What the environments said.</param>
    /// <param name="done">What the queue's workers did.</param>
    public static ArmResult Count(
        ArmResult arm, LabPlan plan, IReadOnlyList<Arrival> wanted, IReadOnlyList<Outcome> said,
        IReadOnlyList<Outcome> done)
    {
        var final = Final(wanted, said, done);
        var succeeded = final.Where(outcome => outcome.Succeeded).ToList();
        var latencies = succeeded.Select(outcome => outcome.Ended - outcome.Wanted).Order().ToArray();
        var queued = said.Where(outcome => outcome.Error == Outcome.Queued).ToList();
        return arm with
        {
            Started = wanted.Count,
            Succeeded = succeeded.Count,
            Errors = ErrorsOf(final),
            Latency = Percentiles.Of(latencies),
            LatencyCurve = Curve(latencies),
            Connect = Percentiles.Of(
                said.Where(outcome => outcome.Connected >= 0).Select(outcome => outcome.Connected)),
            Accepted = queued.Count == 0
                ? null
                : Percentiles.Of(queued.Select(outcome => outcome.Ended - outcome.Wanted)),
            BurstSeconds = Burst(plan, final),
            RecoverySeconds = Recovery.Of(plan, final),
            GapSeconds = Gap(plan, succeeded),
            AfterEvent = plan.Scenario == Scenario.None ? null : After(plan, final),
            Seconds = final.Max(outcome => outcome.Ended) / 1e6,
            ErrorsEachSecond = EachSecond(final.Where(outcome => !outcome.Succeeded)),
        };
    }

    /// <summary>One outcome for each arrival, in their order.</summary>
    public static IReadOnlyList<Outcome> Final(
        IReadOnlyList<Arrival> wanted, IReadOnlyList<Outcome> said, IReadOnlyList<Outcome> done)
    {
        var byNumber = said.ToDictionary(outcome => outcome.Number);
        // A message that was delivered twice counts once: when it was done first.
        foreach (var outcome in done.OrderByDescending(outcome => outcome.Ended))
            byNumber[outcome.Number] = outcome;
        return [.. wanted.Select(arrival => Decided(arrival, byNumber.GetValueOrDefault(arrival.Number)))];
    }

    private static AfterEvent After(LabPlan plan, IReadOnlyList<Outcome> outcomes)
    {
        var from = plan.EventSeconds * 1_000_000;
        var after = outcomes.Where(outcome => outcome.Wanted >= from).ToList();
        var errors = ErrorsOf(after).Select(error => $"{error.Class} {error.Count}");
        return new(after.Count, after.Count(outcome => !outcome.Succeeded), string.Join(", ", errors));
    }

    /// <summary>From the first of the burst's invocations until the last of them has its end.</summary>
    private static double Burst(LabPlan plan, IReadOnlyList<Outcome> outcomes)
    {
        var from = (plan.Phases.Ramp + plan.Phases.Steady) * 1_000_000;
        var to = from + (plan.Phases.Burst * 1_000_000);
        var burst = outcomes.Where(outcome => outcome.Wanted >= from && outcome.Wanted < to)
            .ToList();
        return burst.Count == 0 ? 0 : (burst.Max(o => o.Ended) - burst.Min(o => o.Wanted)) / 1e6;
    }

    /// <summary>The longest time in which nothing succeeded, while there was something to do.</summary>
    private static double Gap(LabPlan plan, IEnumerable<Outcome> succeeded)
    {
        var end = (long)(plan.Phases.Total * 1_000_000);
        var times = succeeded.Select(outcome => outcome.Ended).Where(at => at < end).Order()
            .Prepend(0L).Append(end).ToList();
        return times.Zip(times.Skip(1), (earlier, later) => later - earlier).Max() / 1e6;
    }

    private static Outcome Decided(Arrival arrival, Outcome? found) =>
        found is { Error: not (null or Outcome.Queued) } outcome
            ? outcome
            : new(
                arrival.Number, arrival.Environment, arrival.AtMicroseconds,
                Math.Max(arrival.AtMicroseconds, found?.Ended ?? 0), -1, FailureClass.Unfinished, "");

    private static IReadOnlyList<ErrorCount> ErrorsOf(IEnumerable<Outcome> outcomes) =>
    [
        .. outcomes.Where(outcome => !outcome.Succeeded)
            .GroupBy(outcome => outcome.Error)
            .Select(group => (group.Key, Count: group.Count(), First: group.MinBy(outcome => outcome.Ended)))
            .OrderByDescending(group => group.Count)
            .Select(group => new ErrorCount(
                group.Key, group.Count, group.First.Ended / 1e6, group.First.Text)),
    ];

    private static IReadOnlyList<double> Curve(long[] sorted) => sorted.Length == 0
        ? []
        : [.. Enumerable.Range(0, CurveSteps + 1)
            .Select(step => sorted[(int)((long)step * (sorted.Length - 1) / CurveSteps)] / 1e3)];

    private static IReadOnlyList<int> EachSecond(IEnumerable<Outcome> outcomes)
    {
        var counts = outcomes.GroupBy(outcome => (int)(outcome.Ended / 1_000_000))
            .ToDictionary(group => group.Key, group => group.Count());
        return counts.Count == 0
            ? []
            : [.. Enumerable.Range(0, counts.Keys.Max() + 1)
                .Select(second => counts.GetValueOrDefault(second))];
    }
}
