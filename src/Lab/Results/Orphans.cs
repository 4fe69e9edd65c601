using Sento.Lab.Load;
using Sento.Lab.Measures;

namespace Sento.Lab.Results;

/// <summary>
/// Statements that the database went on with although their invocation had been given up for longer than a
/// moment: nobody reads what they find, and they take its time from others.
/// </summary>
/// <param name="Statements">How many were seen.</param>
/// <param name="MostAtOnce">At one moment.</param>
/// <param name="LongestSeconds">The longest time that one was seen after it was given up.</param>
public sealed record Orphans(int Statements, int MostAtOnce, double LongestSeconds)
{
    // To end a statement takes a moment too.
    private const double GraceSeconds = 1;

    /// <summary>Where reads are slow, each statement tells its invocation.</summary>
    /// <returns>The moments with their orphans, and what they come to.</returns>
    internal static (IReadOnlyList<Moment> Moments, Orphans Sum) Of(
        IReadOnlyList<Moment> moments, IReadOnlyList<RunningMoment> running, IReadOnlyList<Outcome> outcomes)
    {
        if (running.Count == 0)
        {
            // Only what ran for longer than any invocation may is known to be one.
            var most = moments.Count == 0 ? 0 : moments.Max(moment => moment.Orphans);
            return (moments, new(most, most, 0));
        }
        var givenUp = outcomes.Where(outcome => !outcome.Succeeded)
            .ToDictionary(outcome => outcome.Number, outcome => outcome.Ended / 1e6);
        var longest = new Dictionary<int, double>();
        var seen = new List<Moment>();
        foreach (var (moment, now) in moments.Zip(running))
        {
            var orphans = now.Invocations
                .Select(number => (Number: number, Seconds: Since(number, now.Seconds)))
                .Where(orphan => orphan.Seconds > GraceSeconds).ToList();
            foreach (var (number, seconds) in orphans)
                longest[number] = seconds;
            seen.Add(moment with { Orphans = orphans.Count });
        }
        return (seen, new(
            longest.Count, seen.Max(moment => moment.Orphans), longest.Values.DefaultIfEmpty().Max()));

        double Since(int number, double now) => givenUp.TryGetValue(number, out var at) ? now - at : 0;
    }
}
