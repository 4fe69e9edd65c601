using Sento.Lab.Measures;

namespace Sento.Lab.Results;

/// <summary>
/// All rounds of an arm as one result: what is counted is added up, of peaks the highest stays, times are
/// those of the median round.
/// </summary>
internal static class RoundsTogether
{
    /// <returns>A result for each arm that ran in one round at least, in their order.</returns>
    public static IReadOnlyList<ArmResult> Of(RunResult run) =>
    [
        .. run.Arms.Where(arm => arm is { Fault: null, Started: > 0 })
            .GroupBy(arm => arm.Arm.Letter).Select(rounds => Of([.. rounds])),
    ];

    private static ArmResult Of(IReadOnlyList<ArmResult> rounds) => rounds[0] with
    {
        Started = rounds.Sum(round => round.Started),
        Succeeded = rounds.Sum(round => round.Succeeded),
        Errors = Together(rounds.SelectMany(round => round.Errors)),
        Latency = Median(rounds, round => round.Latency),
        FewClients = Median(rounds, round => round.FewClients),
        Connect = Median(rounds, round => round.Connect),
        Accepted = rounds[0].Accepted is null
            ? null
            : Median(rounds, round => round.Accepted ?? Percentiles.Of([])),
        Moments = [.. rounds.SelectMany(round => round.Moments)],
        Memory = [.. rounds.SelectMany(round => round.Memory)],
        DatabaseCpuSeconds = rounds.Sum(round => round.DatabaseCpuSeconds),
        ProxyCpuSeconds = rounds[0].ProxyCpuSeconds is null
            ? null
            : rounds.Sum(round => round.ProxyCpuSeconds),
        ProxyBytes = rounds.Max(round => round.ProxyBytes),
        GapSeconds = rounds.Max(round => round.GapSeconds),
        RecoverySeconds = rounds.Any(round => round.RecoverySeconds is null)
            ? null
            : rounds.Max(round => round.RecoverySeconds),
        AfterEvent = rounds[0].AfterEvent is null ? null : AfterEvents(rounds),
        Orphans = Together([.. rounds.Select(round => round.Orphans).OfType<Orphans>()]),
    };

    private static IReadOnlyList<ErrorCount> Together(IEnumerable<ErrorCount> errors) =>
    [
        .. errors.GroupBy(error => error.Class)
            .Select(same => same.MinBy(error => error.FirstSeconds)! with
            {
                Count = same.Sum(error => error.Count),
            })
            .OrderByDescending(error => error.Count),
    ];

    private static Orphans? Together(IReadOnlyList<Orphans> rounds) => rounds.Count == 0 ? null : new(
        rounds.Sum(round => round.Statements), rounds.Max(round => round.MostAtOnce),
        rounds.Max(round => round.LongestSeconds));

    private static AfterEvent AfterEvents(IReadOnlyList<ArmResult> rounds)
    {
        var after = rounds.Select(round => round.AfterEvent).OfType<AfterEvent>().ToList();
        var errors = after.Select(round => round.Errors).Where(text => text.Length > 0);
        return new(
            after.Sum(round => round.Started), after.Sum(round => round.Failed), string.Join("; ", errors));
    }

    private static Percentiles Median(IReadOnlyList<ArmResult> rounds, Func<ArmResult, Percentiles> of)
    {
        var all = rounds.Select(of).Where(round => round.Count > 0).ToList();
        return all.Count == 0 ? Percentiles.Of([]) : new(
            all.Sum(round => round.Count), Middle(round => round.P50), Middle(round => round.P95),
            Middle(round => round.P99), Middle(round => round.P999), Middle(round => round.Max));

        // The lower one of two in the middle: a value that was measured.
        double Middle(Func<Percentiles, double> value) =>
            all.Select(value).Order().ElementAt((all.Count - 1) / 2);
    }
}
