using Sento.Lab.Load;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Results;

namespace Sento.Tests.Experiment;

/// <summary>How outcomes and what was seen in the server become figures.</summary>
public sealed class TallyTests
{
    /// <summary>The burst ends after four seconds, the run after eight.</summary>
    private static readonly LabPlan Plan = new() { Phases = new(1, 1, 2, 4), Environments = 10 };

    [Fact]
    public void Statement_of_an_invocation_that_was_given_up_is_an_orphan_until_it_is_seen_last()
    {
        Outcome[] outcomes =
            [Failed(7, endedAt: 2), Failed(8, endedAt: 2), Succeeded(9, wantedAt: 1, endedAt: 2)];
        Moment[] moments = [At(1), At(4), At(6), At(7)];
        RunningMoment[] running =
            [new(1, [7, 8, 9]), new(4, [7, 8, 9]), new(6, [7]), new(7, [])];

        var (seen, sum) = Orphans.Of(moments, running, outcomes);

        Assert.Equal([0, 2, 1, 0], seen.Select(moment => moment.Orphans));
        Assert.Equal(new Orphans(2, 2, 4), sum);
    }

    [Fact]
    public void What_ends_within_a_second_after_it_was_given_up_is_no_orphan()
    {
        var (_, sum) = Orphans.Of([At(2.9)], [new(2.9, [7])], [Failed(7, endedAt: 2)]);

        Assert.Equal(new Orphans(0, 0, 0), sum);
    }

    [Fact]
    public void Without_slow_reads_orphans_are_what_ran_for_longer_than_any_invocation_may()
    {
        var (_, sum) = Orphans.Of([At(1) with { Orphans = 3 }, At(2)], [], []);

        Assert.Equal(new Orphans(3, 3, 0), sum);
    }

    [Fact]
    public void Recovery_lasts_until_the_last_failure_or_late_answer()
    {
        Outcome[] outcomes =
        [
            Failed(1, endedAt: 4.1, wantedAt: 4.1), Succeeded(2, wantedAt: 5.1, endedAt: 6.2),
            Succeeded(3, wantedAt: 6, endedAt: 6.1),
        ];

        Assert.Equal(1.25, Recovery.Of(Plan, outcomes));
    }

    [Fact]
    public void Who_fails_at_the_end_has_not_recovered() =>
        Assert.Null(Recovery.Of(Plan, [Succeeded(1, wantedAt: 4.1, endedAt: 4.2), Failed(2, endedAt: 8)]));

    [Fact]
    public void Who_was_never_hurt_recovers_at_once() =>
        Assert.Equal(0, Recovery.Of(
            Plan, [Failed(1, endedAt: 3), Succeeded(2, wantedAt: 4.1, endedAt: 4.2)]));

    [Fact]
    public void Slow_reads_come_from_the_event_until_the_burst_ends()
    {
        var plan = Plan.With(Scenario.Overload) with { SlowRows = 1 };
        var slow = ArrivalTrace.Of(plan).Where(plan.IsSlow)
            .Select(arrival => arrival.AtMicroseconds / 1e6).ToList();

        Assert.All(slow, at => Assert.InRange(at, plan.EventSeconds, plan.PeakEndSeconds));
        Assert.True(slow.Count >= plan.Environments);
        Assert.DoesNotContain(ArrivalTrace.Of(plan), (plan with { SlowRows = 0 }).IsSlow);
    }

    private static Moment At(double seconds) => new(seconds, 0, 0, 0, 0, 0);

    private static Outcome Failed(int number, double endedAt, double? wantedAt = null) => new(
        number, 0, (long)((wantedAt ?? endedAt) * 1_000_000), (long)(endedAt * 1_000_000), -1,
        FailureClass.Deadline, "");

    private static Outcome Succeeded(int number, double wantedAt, double endedAt) =>
        new(number, 0, (long)(wantedAt * 1_000_000), (long)(endedAt * 1_000_000), -1, "", "");
}
