using Sento.Lab.Plan;

namespace Sento.Tests.Experiment;

public sealed class ArrivalTraceTests
{
    private static readonly LabPlan Plan = new();

    [Fact]
    public void Same_seed_gives_the_same_arrivals() =>
        Assert.Equal(ArrivalTrace.Of(Plan), ArrivalTrace.Of(Plan));

    [Fact]
    public void Another_seed_or_round_gives_others()
    {
        Assert.NotEqual(ArrivalTrace.Of(Plan), ArrivalTrace.Of(Plan with { Seed = 43 }));
        Assert.NotEqual(ArrivalTrace.Of(Plan), ArrivalTrace.Of(Plan, round: 1));
    }

    [Fact]
    public void All_environments_have_started_when_the_ramp_ends()
    {
        var started = ArrivalTrace.Of(Plan)
            .Where(arrival => arrival.AtMicroseconds <= Plan.Phases.Ramp * 1_000_000)
            .Select(arrival => arrival.Environment).Distinct().Count();

        Assert.Equal(Plan.Environments, started);
    }

    [Fact]
    public void Burst_invokes_every_environment_within_half_of_it()
    {
        var begin = Plan.Phases.Ramp + Plan.Phases.Steady;
        var invoked = Between(begin, begin + (Plan.Phases.Burst / 2))
            .Select(arrival => arrival.Environment).Distinct().Count();

        Assert.Equal(Plan.Environments, invoked);
    }

    [Fact]
    public void Nine_of_ten_environments_stay_frozen_in_the_idle_phase()
    {
        var active = Between(Plan.Phases.Total - Plan.Phases.Idle, Plan.Phases.Total)
            .Select(arrival => arrival.Environment).Distinct().Count();

        Assert.InRange(active, Plan.Environments / 20, Plan.Environments * 3 / 20);
    }

    private static IEnumerable<Arrival> Between(double from, double to) =>
        ArrivalTrace.Of(Plan).Where(arrival =>
            arrival.AtMicroseconds >= from * 1_000_000 && arrival.AtMicroseconds < to * 1_000_000);
}
