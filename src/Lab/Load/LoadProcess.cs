using System.Data.Common;
using System.Globalization;
using Sento.Lab.Engines;
using Sento.Lab.Plan;
using Sento.Lab.Queue;

namespace Sento.Lab.Load;

/// <summary>
/// The process that environments live in: reads its job, warms up, says "ready", reads the moment to begin,
/// and lets the trace run. It ends when its standard input does, so it cannot outlive who started it.
/// </summary>
public static class LoadProcess
{
    /// <summary>The hidden command that starts it.</summary>
    public const string Command = "lab-load";

    public const string Ready = "ready";
    private const int WarmUpInvocations = 12;
    private const int WarmUpItem = 0;
    private static readonly TimeSpan WarmUpPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CloseParallelPatience = TimeSpan.FromSeconds(10);

    /// <param name="sign">Makes a token for a host, a port and a user with a key.</param>
    public static async Task<int> RunAsync(
        TextReader input, TextWriter output, Func<string, int, string, TokenKey, string> sign)
    {
        var job = LoadJob.Read(await input.ReadLineAsync() ?? "");
        Func<LabAddress, string>? token = job.Key is { } key
            ? address => sign(address.Host, address.Port, address.User, key)
            : null;
        var engine = EngineTable.Of(job.Plan.Engine);
        var environments = job.QueueFile is null
            ? engine.Source(job.Address, job.Plan.Deadline, token)
            : null;
        using var queue = job.QueueFile is { } path ? new QueueSender(path) : null;
        if (environments is not null)
            await WarmUpAsync(job, engine, environments);
        await output.WriteLineAsync(Ready);
        await output.FlushAsync();
        var start = await input.ReadLineAsync();
        if (start is null)
            return 0;
        EndWithInput(input);

        var clock = new ArmClock(long.Parse(start, CultureInfo.InvariantCulture));
        ICrowd crowd = environments is null
            ? new QueueCrowd(queue!, clock)
            : new DatabaseCrowd(environments, job, clock);
        var run = new TraceRun(clock, crowd) { Freeze = job.Share.Only is null ? null : Freezer.Freeze };
        var wanted = ArrivalTrace.Of(job.Plan, job.Round)
            .Where(arrival => job.Share.Has(arrival.Environment)).ToList();
        using var ended = new CancellationTokenSource();
        var saying = SayAsync(output, run, ended.Token);
        var outcomes = await run.PlayAsync(wanted);
        // Others still work: this environment and its connection stay as long as the platform keeps them.
        if (job.Share.Only is not null)
            run.WaitUntil((long)(job.Plan.Phases.Total * 1_000_000));
        await ended.CancelAsync();
        await saying;
        await File.WriteAllLinesAsync(job.ResultFile, outcomes.Select(outcome => outcome.ToLine()));
        await output.WriteLineAsync(run.Progress.ToLine());
        // Frozen environments are reaped without a word; here they are told, to leave nothing behind.
        await Task.WhenAny(crowd.CloseAsync(), Task.Delay(CloseParallelPatience));
        return 0;
    }

    /// <summary>What a runtime compiles in its first seconds belongs to no arm.</summary>
    private static async Task WarmUpAsync(LoadJob job, IEngine engine, DbDataSource source)
    {
        var environment = new ExecutionEnvironment(
            engine, source, job.Arm, new ArmClock(ArmClock.In(default)),
            job.Plan with { Deadline = WarmUpPatience });
        for (var count = 0; count < WarmUpInvocations; count++)
        {
            var isLast = count % 4 == 3;
            Outcome outcome = default;
            await environment.Invoke(
                new Arrival(count, 0, 0, WarmUpItem, isLast), given => outcome = given);
            if (!outcome.Succeeded)
                throw new LabFault($"the first invocation failed: {outcome.Error} {outcome.Text}");
        }
    }

    private static async Task SayAsync(TextWriter output, TraceRun run, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            await output.WriteLineAsync(run.Progress.ToLine());
            await output.FlushAsync(CancellationToken.None);
            await Task.Delay(SayEvery, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void EndWithInput(TextReader input) => new Thread(() =>
    {
        while (input.ReadLine() is not null)
        {
            // Nothing more is said to us.
        }
        Environment.Exit(0);
    })
    { IsBackground = true }.Start();
}
