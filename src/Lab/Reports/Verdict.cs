using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>What the figures of the first round say, in words: for and against each arm.</summary>
internal sealed class Verdict(RunResult run, Phrases phrases)
{
    private const double Megabyte = 1 << 20;

    private ArmResult? Direct => Ran("A");

    private ArmResult? Sento => Ran("D");

    public IReadOnlyList<string> Sentences =>
    [
        .. run.Plan.Scenario == Scenario.None
            ? run.Arms.Where(arm => arm is { Round: 0, Fault: null, Started: > 0 }).SelectMany(Of)
                .Concat(Sets()).Concat(Merits())
            : new ScenarioVerdict(run, phrases).Sentences,
        .. run.Arms.Where(arm => arm is { Round: 0, Fault: not null })
            .Select(arm => phrases.Say("verdict.fault", arm.Arm.Letter, NameOf(arm), arm.Fault!)),
    ];

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
        phrases.Say(run.Plan.Engine == Engine.Postgres ? "server.processes" : "server.threads"));

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
        if (Sento is { } proxied && run.Arms.FirstOrDefault(arm => arm is
            { Round: 0, Arm.Road: Road.Queue, Fault: null, Succeeded: > 0 }) is { } queued)
        {
            yield return phrases.Say("merit.queue", CpuEach(queued), CpuEach(proxied));
        }
        var fastest = run.Arms.Where(arm => arm is { Round: 0, Fault: null, Failed: 0, Succeeded: > 0 })
            .MinBy(arm => arm.Latency.P99);
        if (fastest is not null)
        {
            yield return phrases.Say(
                "merit.fastest", fastest.Arm.Letter, NameOf(fastest), fastest.Latency.P99);
        }
    }

    private ArmResult? Ran(string letter) => run.Arms.FirstOrDefault(
        arm => arm.Arm.Letter == letter && arm is { Round: 0, Fault: null, Started: > 0 });

    private string NameOf(ArmResult arm) => phrases.NameOf(arm.Arm);

    private static double Percent(ArmResult arm) => 100.0 * arm.Failed / arm.Started;

    private static double CpuEach(ArmResult arm) =>
        arm.Succeeded == 0 ? 0 : arm.DatabaseCpuSeconds * 1_000 / arm.Succeeded;
}
