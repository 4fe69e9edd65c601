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
internal sealed class ArmRun(LabStage stage, LabPlan plan, Arm arm, int round)
{
    private static readonly TimeSpan BeginIn = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private readonly List<LoadChild> _load = [];
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
            await stage.Server.RestartAsync([stage.Server.Software.LimitTo(arm.Limit)]);
            return await MeasureAsync(result, stopped);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return result with { Fault = error.Message };
        }
        finally
        {
            await EndAsync();
        }
    }

    private async Task<ArmResult> MeasureAsync(ArmResult result, CancellationToken stopped)
    {
        var before = await ServerCounters.ResetAsync(stage.AdminConnection);
        await StartAsync();
        var warmed = await ServerCounters.ReadAsync(stage.AdminConnection);
        var cpu = new CpuReading(stage.Server.ProcessId, RoadProcess);
        var start = ArmClock.In(BeginIn);
        var clock = new ArmClock(start);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        Sampler = new ServerSampler(stage.AdminConnection, stage.Server.ProcessId, clock, () => Progress);
        var sampling = Sampler.RunAsync(over.Token);
        try
        {
            await PlayAsync(start, clock, stopped);
        }
        finally
        {
            await over.CancelAsync();
        }
        var (database, road) = cpu.Since();
        var bytes = RoadProcess is { } process ? ProcessFamily.ProportionalBytes(process) : (long?)null;
        await sampling;

        var wanted = ArrivalTrace.Of(plan, round);
        var said = _load.SelectMany(child => child.ReadOutcomes()).ToList();
        var done = _workers?.ReadOutcomes().ToList() ?? [];
        await EndAsync();
        Outcomes = Tally.Final(wanted, said, done);
        return Tally.Count(result, EarlyMicroseconds, wanted, said, done) with
        {
            Moments = Sampler.Moments,
            Memory = Sampler.Memory,
            DatabaseCpuSeconds = database,
            ProxyCpuSeconds = road,
            ProxyBytes = bytes,
            Counters = await CountedAsync(before, warmed),
        };
    }

    /// <summary>
    /// Environments come evenly: the moment when nine tenths of the default limit are there.
    /// </summary>
    private double EarlyMicroseconds =>
        plan.Phases.Ramp * Math.Min(1, 0.9 * plan.StockLimit / plan.Environments) * 1_000_000;

    private async Task PlayAsync(long start, ArmClock clock, CancellationToken stopped)
    {
        if (_workers is not null)
            await _workers.BeginAsync(start);
        foreach (var child in _load)
            await child.BeginAsync(start);
        var patience = TimeSpan.FromSeconds(plan.Phases.Total) + plan.Deadline + Slack;
        await Task.WhenAll(_load.Select(child => child.WaitAsync(patience))).WaitAsync(stopped);
        if (_workers is not null)
            await DrainAsync(_workers, clock);
    }

    private int? RoadProcess => _proxy?.ProcessId ?? _workers?.ProcessId;

    private async Task StartAsync()
    {
        var port = stage.Server.Port;
        string? queue = null;
        switch (arm.Road)
        {
            case Road.Sento:
                _proxy = await ProxyRoad.StartSentoAsync(stage, arm, plan.PoolSize);
                break;
            case Road.PgBouncer:
                var verifier = await ServerCounters.VerifierAsync(stage.AdminConnection);
                _proxy = await ProxyRoad.StartPgBouncerAsync(stage, verifier, plan.PoolSize);
                break;
            case Road.Queue:
                queue = stage.FileFor($"queue-{arm.Letter}-{round}.db");
                QueueFile.Create(queue);
                _workers = await LoadChild.StartAsync(
                    stage, QueueProcess.Command, Job(0, 1, "workers", port, queue));
                break;
        }
        port = _proxy?.Port ?? port;
        var starting = Enumerable.Range(0, plan.LoadProcesses)
            .Select(share => Job(share, plan.LoadProcesses, "load", port, queue))
            .Select(job => LoadChild.StartAsync(stage, LoadProcess.Command, job))
            .ToList();
        try
        {
            await Task.WhenAll(starting);
        }
        finally
        {
            _load.AddRange(starting.Where(task => task.IsCompletedSuccessfully).Select(task => task.Result));
        }
    }

    private LoadJob Job(int share, int shares, string kind, int port, string? queue) => new(
        plan, arm, round, share, shares, stage.ConnectionTo(port), queue,
        stage.FileFor($"{arm.Letter}-{round}-{kind}{share}.csv"));

    /// <summary>Lets workers empty the queue, as long as an invocation may take.</summary>
    private async Task DrainAsync(LoadChild workers, ArmClock clock)
    {
        var accepted = Progress.Succeeded;
        var end = plan.Phases.Total + plan.Deadline.TotalSeconds;
        while (workers.Progress.Succeeded < accepted && clock.Seconds < end)
            await Task.Delay(AskAgain);
        workers.EndInput();
        await workers.WaitAsync(Slack);
    }

    /// <summary>Counters are complete once the last connection has ended.</summary>
    private async Task<ServerCounters> CountedAsync(ServerCounters before, ServerCounters warmed)
    {
        await ServerCounters.WaitForNobodyAsync(stage.AdminConnection, Slack);
        var after = await ServerCounters.ReadAsync(stage.AdminConnection);
        return after - before - new ServerCounters(warmed.Hits, warmed.Hits, warmed.Hits);
    }

    private async Task EndAsync()
    {
        foreach (var child in _load)
            await child.DisposeAsync();
        _load.Clear();
        if (_workers is not null)
            await _workers.DisposeAsync();
        _workers = null;
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        _proxy = null;
    }

    /// <summary>CPU time of the database and of what stands before it, from one moment on.</summary>
    private sealed class CpuReading(int database, int? road)
    {
        private readonly double _database = ProcessFamily.CpuSeconds(database);
        private readonly double _road = road is { } process ? ProcessFamily.CpuSeconds(process) : 0;

        public (double Database, double? Road) Since() => (
            ProcessFamily.CpuSeconds(database) - _database,
            road is { } process ? ProcessFamily.CpuSeconds(process) - _road : null);
    }
}
