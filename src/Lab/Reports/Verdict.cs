using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>What the figures of all rounds say, in words: for and against each arm.</summary>
internal sealed class Verdict(RunResult run, Phrases phrases)
{
    private const double Megabyte = 1 << 20;

    private readonly IReadOnlyList<ArmResult> _arms = RoundsTogether.Of(run);

    private ArmResult? Direct => Ran("A");

    private ArmResult? Sento => Ran("D");

    public IReadOnlyList<string> Sentences =>
    [
        .. run.Plan.Rounds == 1 ? Array.Empty<string>() : [phrases.Say(
            "verdict.rounds", run.Plan.Rounds, run.Plan.Seed, run.Plan.Seed + (ulong)run.Plan.Rounds - 1)],
        .. run.Plan.Scenario == Scenario.None
            ? _arms.SelectMany(Of).Concat(Sets()).Concat(Merits())
            : new ScenarioVerdict(run.Plan, _arms, phrases).Sentences,
        .. run.Arms.Where(arm => arm.Fault is not null).Select(Broken),
    ];

    private string Broken(ArmResult arm) => run.Plan.Rounds == 1
        ? phrases.Say("verdict.fault", arm.Arm.Letter, NameOf(arm), arm.Fault!)
        : phrases.Say("verdict.fault.round", arm.Arm.Letter, NameOf(arm), arm.Fault!, arm.Round + 1);

    private IEnumerable<string> Of(ArmResult arm)
    {
        var said = arm.Arm switch
        {
            { Road: Road.Direct, KeepsConnection: false } => Each(arm),
            { Letter: "B" } => Raised(arm),
            { Road: Road.Direct } => AtTheLimit(arm),
            { Road: Road.Queue } => phrases.Say(
                "verdict.queue", arm.Arm.Letter, NameOf(arm), arm.Failed, arm.ServersMax,
                arm.Accepted?.P99 ?? 0, arm.Latency.P99),
            { Letter: "D" } => phrases.Say(
                "verdict.sento", arm.Arm.Letter, NameOf(arm), arm.Failed, arm.ClientsMax, arm.ServersMax,
                arm.Latency.P50, arm.Latency.P99, arm.ProxyCpuSeconds ?? 0, (arm.ProxyBytes ?? 0) / Megabyte),
            { Road: Road.PgBouncer } => phrases.Say(
                "verdict.pooler", arm.Arm.Letter, NameOf(arm), arm.Failed, arm.ServersMax, arm.Latency.P50,
                arm.Latency.P99, arm.ProxyCpuSeconds ?? 0),
            _ => null,
        };
        return said is null ? [] : [said];
    }

    private string AtTheLimit(ArmResult arm) => arm.Errors.Count == 0
        ? phrases.Say("verdict.direct.holds", arm.Arm.Letter, NameOf(arm), arm.Started)
        : phrases.Say(
            "verdict.direct.fails", arm.Arm.Letter, NameOf(arm), arm.Failed, arm.Started, Percent(arm),
            arm.Errors.Min(error => error.FirstSeconds), arm.Errors[0].Class);

    private string? Raised(ArmResult arm) => Sento is not { } sento ? null : phrases.Say(
        "verdict.raised", arm.Arm.Letter, NameOf(arm), arm.Failed, arm.ServersMax, arm.MemoryMax / Megabyte,
        sento.Arm.Letter, sento.ServersMax, sento.MemoryMax / Megabyte,
        phrases.Say(run.Plan.Engine == Engine.Postgres ? "server.processes" : "server.threads"),
        sento.Failed);

    private string? Each(ArmResult arm) => Sento is not { } sento ? null : phrases.Say(
        "verdict.each", arm.Arm.Letter, NameOf(arm), arm.Failed, Percent(arm), CpuEach(arm), CpuEach(sento));

    private IEnumerable<string> Sets()
    {
        if (Ran("DS") is { } carried && Ran("FS") is { } pinned)
            yield return phrases.Say("verdict.sets", carried.Failed, pinned.Failed, Percent(pinned));
        if (Ran("F") is { } quiet)
            yield return phrases.Say("verdict.rds", quiet.Failed);
    }

    private IEnumerable<string> Merits()
    {
        if (Direct is { FewClients.Count: > 0 } direct && Sento is { FewClients.Count: > 0 } sento)
        {
            var (without, with) = (direct.FewClients.P50, sento.FewClients.P50);
            yield return phrases.Say(
                without < with ? "merit.few" : "merit.few.none", FewClients.Count(run.Plan), without, with);
        }
        if (Sento is { } proxied
            && _arms.FirstOrDefault(arm => arm is { Arm.Road: Road.Queue, Succeeded: > 0 }) is { } queued)
        {
            yield return phrases.Say("merit.queue", CpuEach(queued), CpuEach(proxied));
        }
        var fastest = _arms.Where(arm => arm.Failed == 0).MinBy(arm => arm.Latency.P99);
        if (fastest is not null)
        {
            yield return phrases.Say(
                "merit.fastest", fastest.Arm.Letter, NameOf(fastest), fastest.Latency.P99);
        }
    }

    private ArmResult? Ran(string letter) => _arms.FirstOrDefault(arm => arm.Arm.Letter == letter);

    private string NameOf(ArmResult arm) => phrases.NameOf(arm.Arm);

    private static double Percent(ArmResult arm) => 100.0 * arm.Failed / arm.Started;

    private static double CpuEach(ArmResult arm) =>
        arm.Succeeded == 0 ? 0 : arm.DatabaseCpuSeconds * 1_000 / arm.Succeeded;
}
