using Sento.Lab.Load;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Queue;
using Sento.Lab.Results;
using Sento.Lab.Roads;

namespace Sento.Lab;

/// <summary>
/// Runs one arm from a fresh server to its figures. Whatever goes wrong becomes part of the result.
/// </summary>
/// <param name="crew">Load processes that live longer than an arm.</param>
internal sealed class ArmRun(LabStage stage, LoadCrew crew, Arm arm, int round)
{
    private static readonly TimeSpan BeginIn = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private readonly LabPlan _plan = stage.Plan;
    private IReadOnlyList<LoadChild> _load = [];
    private Percentiles _few = Percentiles.Of([]);
    private ProxyRoad? _proxy;
    private LoadChild? _workers;

    /// <summary>What the environments have said so far, for who watches.</summary>
    public LoadProgress Progress => _load.Aggregate(LoadProgress.None, (sum, child) => sum + child.Progress);

    public ServerSampler? Sampler { get; private set; }

    /// <summary>One outcome for each arrival, once the arm has run.</summary>
    public IReadOnlyList<Outcome> Outcomes { get; private set; } = [];

    public async Task<ArmResult> RunAsync(CancellationToken stopped)
    {
        var result = new ArmResult(arm, round);
        try
        {
            if (stage.Server is { } server)
            {
                var settings = stage.SettingsFor(arm);
                await (_plan.IsHurried ? server.RunWithAsync(settings) : server.RestartAsync(settings));
                // An arm before may have rotated it.
                await ServerCounters.SetPasswordAsync(stage, stage.Database.Password);
            }
            return await MeasureAsync(result, stopped);
        }
        catch (Exception error)
        {
            // A driver or a timer may cancel too: only who stops the run ends it.
            stopped.ThrowIfCancellationRequested();
            return result with { Fault = error.Message };
        }
        finally
        {
            await EndAsync();
        }
    }

    private async Task<ArmResult> MeasureAsync(ArmResult result, CancellationToken stopped)
    {
        var before = await ServerCounters.ResetAsync(stage);
        var others = await OthersAsync();
        await StartAsync();
        var warmed = await ServerCounters.ReadAsync(stage);
        var cpu = new CpuReading(() => stage.Server?.ProcessId, RoadProcess);
        var start = ArmClock.In(BeginIn);
        var clock = new ArmClock(start);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        Sampler = new ServerSampler(stage, others, clock, () => Progress);
        var sampling = Sampler.RunAsync(over.Token);
        var happening = new ScenarioEvent(stage, _plan, arm, cpu).RunAsync(clock, over.Token);
        try
        {
            await PlayAsync(start, clock, over.Token);
            stopped.ThrowIfCancellationRequested();
            // A server that was crashed may still be on its way back.
            await happening;
            await ServerCounters.WaitForRestAsync(stage, Slack);
        }
        finally
        {
            await over.CancelAsync();
        }
        var (database, road) = cpu.Since();
        var bytes = RoadProcess is { } process ? ProcessFamily.ProportionalBytes(process) : (long?)null;
        if (_workers is not null)
        {
            _workers.EndInput();
            await _workers.WaitAsync(Slack);
        }
        await sampling;
        var eventSeconds = await happening;

        var wanted = ArrivalTrace.Of(_plan, round);
        var said = _load.SelectMany(child => child.ReadOutcomes()).ToList();
        var done = _workers?.ReadOutcomes().ToList() ?? [];
        await EndAsync();
        Outcomes = Tally.Final(wanted, said, done);
        var (moments, orphans) = Orphans.Of(Sampler.Moments, Sampler.Running, Outcomes);
        return Tally.Count(result, _plan, wanted, said, done) with
        {
            FewClients = _few,
            Moments = moments,
            Orphans = orphans,
            Memory = Sampler.Memory,
            DatabaseCpuSeconds = database,
            ProxyCpuSeconds = road,
            ProxyBytes = bytes,
            EventSeconds = eventSeconds,
            Counters = await CountedAsync(before, warmed, others),
        };
    }

    /// <summary>Connections of the same user before we come: somebody's server may have some.</summary>
    private async Task<int> OthersAsync()
    {
        await using var connection = await stage.OpenAdminAsync();
        return (await Activity.ReadAsync(connection, stage)).Connections;
    }

    private async Task PlayAsync(long start, ArmClock clock, CancellationToken stopped)
    {
        if (_workers is not null)
            await _workers.BeginAsync(start);
        foreach (var child in _load)
            await child.BeginAsync(start);
        var own = _load.Where(child => child.Environment is not null)
            .ToDictionary(child => child.Environment!.Value, child => child.ProcessId);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        var thawing = Freezer.ThawAsync(_plan, round, own, clock, all.Token);
        var patience = TimeSpan.FromSeconds(_plan.Phases.Total) + _plan.Deadline + Slack;
        await Task.WhenAll(_load.Select(child => child.WaitAsync(patience))).WaitAsync(stopped);
        if (_workers is not null)
            await DrainAsync(_workers, clock);
        await all.CancelAsync();
        await thawing;
    }

    private int? RoadProcess => _proxy?.ProcessId ?? _workers?.ProcessId;

    private async Task StartAsync()
    {
        string? queue = null;
        switch (arm.Road)
        {
            case Road.Sento:
                _proxy = await ProxyRoad.StartSentoAsync(stage, arm, _plan.PoolSize);
                break;
            case Road.PgBouncer:
                _proxy = await ProxyRoad.StartPgBouncerAsync(stage, _plan.PoolSize);
                break;
            case Road.Queue:
                queue = stage.FileFor($"queue-{arm.Letter}-{round}.db");
                QueueFile.Create(queue);
                _workers = LoadChild.Start(stage.Lifeline, stage.Program, QueueProcess.Command);
                await _workers.TakeAsync(Job(new LoadShare(0, 1, 0, null), "workers", queue));
                break;
        }
        _load = await crew.TakeAsync([.. Shares().Select(share =>
            Job(share, share.Only is { } only ? $"own{only}-" : "load", queue))]);
        // Who connects for each invocation has no clients that are awake.
        if (arm.Road == Road.Queue || !arm.KeepsConnection)
            return;
        var few = _load.Where(child => child.Environment is null).Select(child => child.TryFewAsync());
        _few = Percentiles.Of((await Task.WhenAll(few)).SelectMany(times => times));
    }

    /// <summary>Environments of a queue hold nothing that could be frozen.</summary>
    private IEnumerable<LoadShare> Shares() =>
        LoadShare.Of(_plan, arm.Road == Road.Queue ? 0 : _plan.OwnProcesses);

    private LoadJob Job(LoadShare share, string kind, string? queue) => new(
        _plan, arm, round, share, _proxy is null ? stage.Database : stage.At(_proxy.Port),
        _plan.SignIn == SignIn.Token && arm.Road == Road.Sento ? stage.Key : null, queue,
        stage.FileFor($"{arm.Letter}-{round}-{kind}{share.Number}.csv"));

    /// <summary>Lets workers empty the queue, as long as an invocation may take.</summary>
    private async Task DrainAsync(LoadChild workers, ArmClock clock)
    {
        var accepted = Progress.Succeeded;
        var end = _plan.Phases.Total + _plan.Deadline.TotalSeconds;
        while (workers.Progress.Succeeded < accepted && clock.Seconds < end)
            await Task.Delay(AskAgain);
    }

    /// <summary>Counters are complete once the last connection has ended.</summary>
    private async Task<ServerCounters> CountedAsync(ServerCounters before, ServerCounters warmed, int others)
    {
        await ServerCounters.WaitForNobodyAsync(stage, others, Slack);
        var after = await ServerCounters.ReadAsync(stage);
        return after - before - new ServerCounters(warmed.Hits, warmed.Hits, warmed.Hits);
    }

    private async Task EndAsync()
    {
        _load = [];
        if (_workers is not null)
            await _workers.DisposeAsync();
        _workers = null;
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        _proxy = null;
    }
}
