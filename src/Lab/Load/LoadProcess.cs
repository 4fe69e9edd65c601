using System.Globalization;
using System.Threading.Channels;
using Sento.Lab.Engines;
using Sento.Lab.Plan;
using Sento.Lab.Queue;

namespace Sento.Lab.Load;

/// <summary>
/// The process that environments live in: reads a job, warms up, says "ready", tries few clients, reads the
/// moment to begin, lets the trace run and says "done"; then it reads the next job. It ends when its standard
/// input does, so it cannot outlive who started it.
/// </summary>
public static class LoadProcess
{
    /// <summary>The hidden command that starts it.</summary>
    public const string Command = "lab-load";

    public const string Ready = "ready";

    /// <summary>May be said to one that is ready: it answers with the times of few clients.</summary>
    public const string Few = "few";

    /// <summary>All connections of a job are closed: another one may be given.</summary>
    public const string Done = "done";

    private const int WarmUpInvocations = 12;
    private const int FirstWarmUpInvocations = 200;
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(10);

    // The driver's time-out for connecting begins where deadlines end, which are the platform's: who warms up
    // on a busy machine has none. Npgsql takes no more than 1,024 s.
    private static readonly TimeSpan ConnectSlack = TimeSpan.FromMinutes(1);

    /// <param name="sign">Makes a token for a host, a port and a user with a key.</param>
    public static async Task<int> RunAsync(
        TextReader input, TextWriter output, Func<string, int, string, TokenKey, string> sign)
    {
        var lines = LinesOf(input);
        var isClean = true;
        for (var warmUp = FirstWarmUpInvocations; isClean; warmUp = WarmUpInvocations)
            isClean = await RunAsync(LoadJob.Read(await lines.ReadAsync()), lines, output, sign, warmUp);
        return 0;
    }

    /// <returns>False: connections are left that would not end; the process must.</returns>
    private static async Task<bool> RunAsync(
        LoadJob job, ChannelReader<string> lines, TextWriter output,
        Func<string, int, string, TokenKey, string> sign, int warmUp)
    {
        Func<LabAddress, string>? token = job.Key is { } key
            ? address => sign(address.Host, address.Port, address.User, key)
            : null;
        var engine = EngineTable.Of(job.Plan.Engine);
        await using var environments = job.QueueFile is null
            ? engine.Source(job.Address, job.Plan.Deadline + ConnectSlack, token)
            : null;
        using var queue = job.QueueFile is { } path ? new QueueSender(path) : null;
        var few = environments is null ? null : new FewClients(job, engine, environments);
        if (few is not null)
            await few.WarmUpAsync(job.Share.Only is null ? warmUp : WarmUpInvocations);
        await output.WriteLineAsync(Ready);
        await output.FlushAsync();
        var said = await lines.ReadAsync();
        if (said == Few)
        {
            await output.WriteLineAsync(string.Join(',', await few!.TimesAsync()));
            await output.FlushAsync();
            said = await lines.ReadAsync();
        }

        var clock = new ArmClock(long.Parse(said, CultureInfo.InvariantCulture));
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
        var closing = crowd.CloseAsync();
        if (await Task.WhenAny(closing, Task.Delay(ClosePatience)) != closing)
            return false;
        await output.WriteLineAsync(Done);
        await output.FlushAsync();
        return true;
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

    /// <summary>The lines of the input; its end is ours, whatever we are doing.</summary>
    private static ChannelReader<string> LinesOf(TextReader input)
    {
        var lines = Channel.CreateUnbounded<string>();
        new Thread(() =>
        {
            while (input.ReadLine() is { } line)
                lines.Writer.TryWrite(line);
            Environment.Exit(0);
        })
        { IsBackground = true }.Start();
        return lines.Reader;
    }
}
