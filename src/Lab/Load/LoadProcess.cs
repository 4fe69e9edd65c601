using System.Globalization;
using Npgsql;
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
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CloseParallelPatience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        var job = LoadJob.Read(await input.ReadLineAsync() ?? "");
        var environments = job.QueueFile is { } file
            ? null
            : NpgsqlDataSource.Create(job.Connection);
        using var queue = job.QueueFile is { } path ? new QueueSender(path) : null;
        if (environments is not null)
            await WarmUpAsync(job, environments);
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
        var run = new TraceRun(clock, crowd);
        var wanted = ArrivalTrace.Of(job.Plan, job.Round)
            .Where(arrival => arrival.Environment % job.Shares == job.Share).ToList();
        using var ended = new CancellationTokenSource();
        var saying = SayAsync(output, run, ended.Token);
        var outcomes = await run.PlayAsync(wanted);
        await ended.CancelAsync();
        await saying;
        await File.WriteAllLinesAsync(job.ResultFile, outcomes.Select(outcome => outcome.ToLine()));
        await output.WriteLineAsync(run.Progress.ToLine());
        // Frozen environments are reaped without a word; here they are told, to leave nothing behind.
        await Task.WhenAny(crowd.CloseAsync(), Task.Delay(CloseParallelPatience));
        return 0;
    }

    /// <summary>What a runtime compiles in its first seconds belongs to no arm.</summary>
    private static async Task WarmUpAsync(LoadJob job, NpgsqlDataSource source)
    {
        var environment = new ExecutionEnvironment(source, job.Arm, new ArmClock(ArmClock.In(default)),
            TimeSpan.FromSeconds(30));
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
