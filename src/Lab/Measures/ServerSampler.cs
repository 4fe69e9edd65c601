using System.Data.Common;
using Sento.Lab.Load;
using Sento.Lab.Roads;

namespace Sento.Lab.Measures;

/// <summary>What was seen at one moment of an arm.</summary>
/// <param name="Clients">Environments that hold a connection.</param>
/// <param name="Servers">Connections that the database has open for the application.</param>
/// <param name="Busy">Those of them with a statement or transaction open.</param>
public readonly record struct Moment(
    double Seconds, int Clients, int Servers, int Busy, int Succeeded, int Failed)
{
    /// <summary>Statements that run although their invocation was given up.</summary>
    public int Orphans { get; init; }
}

/// <summary>Invocations whose slow statement the server was running at one moment.</summary>
internal readonly record struct RunningMoment(double Seconds, int[] Invocations);

/// <summary>The memory of the database's processes at one moment.</summary>
public readonly record struct MemoryMoment(double Seconds, int Servers, long Bytes);

/// <summary>
/// Looks at the server while an arm runs, over a connection that the clients' limit spares.
/// </summary>
/// <param name="others">Connections of the same user that are not ours.</param>
internal sealed class ServerSampler(LabStage stage, int others, ArmClock clock, Func<LoadProgress> progress)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // Reading the memory maps of a thousand processes takes a tenth of a second of CPU.
    private readonly TimeSpan _weighEvery =
        TimeSpan.FromSeconds(Math.Clamp(stage.Plan.Phases.Total / 6, 0.5, 3));

    public List<Moment> Moments { get; } = [];

    public List<MemoryMoment> Memory { get; } = [];

    /// <summary>One for each of the moments, where reads are slow; else empty.</summary>
    public List<RunningMoment> Running { get; } = [];

    /// <summary>What was seen last; null: nothing yet.</summary>
    public Moment? Latest { get; private set; }

    public Task RunAsync(CancellationToken ended) => Task.WhenAll(LookAsync(ended), WeighAsync(ended));

    private async Task LookAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await using var connection = await stage.OpenAdminAsync();
                while (!ended.IsCancellationRequested)
                {
                    Note(await LookAtAsync(connection));
                    await PauseAsync(LookEvery, ended);
                }
            }
            catch (Exception error) when (IsCrash(error))
            {
                // The scenario: there is nothing to see until it serves again.
                Note(default);
                await PauseAsync(LookEvery, ended);
            }
        }
    }

    private async Task<Activity> LookAtAsync(DbConnection connection)
    {
        if (stage.Plan.SlowRows == 0)
            return await Activity.ReadAsync(connection, stage);
        var (seen, running) = await Activity.ReadRunningAsync(connection, stage);
        Running.Add(new(clock.Seconds, running));
        return seen;
    }

    /// <summary>Beside the other: on a machine that is overloaded this takes seconds.</summary>
    private async Task WeighAsync(CancellationToken ended)
    {
        while (clock.Seconds < 0 && !ended.IsCancellationRequested)
            await PauseAsync(LookEvery, ended);
        while (!ended.IsCancellationRequested)
        {
            if (stage.Server?.ProcessId is { } process && Latest is { } latest)
            {
                var (begun, bytes) = (clock.Seconds, ProcessFamily.ProportionalBytes(process));
                // Connections may have been closed meanwhile.
                if (clock.Seconds > stage.Plan.Phases.Total)
                    return;
                Memory.Add(new(begun, latest.Servers, bytes));
            }
            await PauseAsync(_weighEvery, ended);
        }
    }

    private bool IsCrash(Exception error) =>
        stage.Plan.Scenario == Plan.Scenario.Restart && error is DbException or IOException;

    private static async Task PauseAsync(TimeSpan pause, CancellationToken ended) =>
        await Task.Delay(pause, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Note(Activity seen)
    {
        var said = progress();
        var servers = Math.Max(0, seen.Connections - others);
        Latest = new(clock.Seconds, said.Open, servers, seen.Busy, said.Succeeded, said.Failed)
        {
            Orphans = seen.Overdue,
        };
        Moments.Add(Latest.Value);
    }
}
