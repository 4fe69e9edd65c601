namespace Sento.Lab.Plan;

/// <summary>One invocation that is wanted.</summary>
/// <param name="Number">Its place in the trace.</param>
/// <param name="Environment">The execution environment that gets it.</param>
/// <param name="AtMicroseconds">When it is wanted, from the start of the arm.</param>
/// <param name="Item">The row it reads and writes.</param>
/// <param name="IsLast">The platform kills the environment afterwards; the next one starts cold.</param>
public readonly record struct Arrival(
    int Number, int Environment, long AtMicroseconds, int Item, bool IsLast);

/// <summary>
/// When invocations are wanted: fixed by the seed before anything runs, so that a slow system gets the same
/// load as a fast one, and all arms get the same.
/// </summary>
public static class ArrivalTrace
{
    /// <summary>Rows of the table that invocations choose from.</summary>
    public const int Items = 10_000;

    /// <summary>The table of items.</summary>
    public const string Table = "sento_lab_item";

    private const double ActiveShare = 0.1;
    private const double ActivePauseRatio = 1.0 / 6;

    /// <summary>All arrivals, earliest first.</summary>
    public static IReadOnlyList<Arrival> Of(LabPlan plan, int round = 0)
    {
        var dice = new Dice(plan.Seed + (ulong)round);
        var wanted = new List<(double At, int Environment)>();
        for (var environment = 0; environment < plan.Environments; environment++)
            wanted.AddRange(TimesOf(environment, plan, dice).Select(at => (at, environment)));
        wanted.Sort();
        return
        [
            .. wanted.Select((arrival, number) => new Arrival(
                number, arrival.Environment, (long)(arrival.At * 1_000_000), dice.NextIndex(Items),
                dice.NextFraction() < plan.KillShare)),
        ];
    }

    private static IEnumerable<double> TimesOf(int environment, LabPlan plan, Dice dice)
    {
        var (ramp, steady, burst, idle) = plan.Phases;
        var mean = plan.MeanPause.TotalSeconds;
        var place = (environment + dice.NextFraction()) / plan.Environments;
        for (var at = ramp * place; at < ramp + steady; at += dice.NextPause(mean))
            yield return at;
        yield return ramp + steady + (dice.NextFraction() * burst / 2);
        if (dice.NextFraction() >= ActiveShare)
            yield break;
        var begin = ramp + steady + burst;
        for (var at = begin + dice.NextPause(mean * ActivePauseRatio); at < begin + idle;)
        {
            yield return at;
            at += dice.NextPause(mean * ActivePauseRatio);
        }
    }
}
