using System.Data.Common;
using Sento.Lab.Load;
using Sento.Lab.Roads;

namespace Sento.Lab.Measures;

/// <summary>What was seen at one moment of an arm.</summary>
/// <param name="Clients">Environments that hold a connection.</param>
/// <param name="Servers">Connections that the database has open for the application.</param>
/// <param name="Busy">Those of them with a statement or transaction open.</param>
public readonly record struct Moment(
    double Seconds, int Clients, int Servers, int Busy, int Succeeded, int Failed);

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
    private static readonly TimeSpan MemoryEvery = TimeSpan.FromSeconds(3);

    public List<Moment> Moments { get; } = [];

    public List<MemoryMoment> Memory { get; } = [];

    /// <summary>What was seen last; null: nothing yet.</summary>
    public Moment? Latest { get; private set; }

    public async Task RunAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await using var connection = await stage.OpenAdminAsync();
                while (!ended.IsCancellationRequested)
                {
                    Note(await Activity.ReadAsync(connection, stage));
                    await PauseAsync(ended);
                }
            }
            catch (Exception error) when (IsCrash(error))
            {
                // The scenario: there is nothing to see until it serves again.
                Note(default);
                await PauseAsync(ended);
            }
        }
    }

    private bool IsCrash(Exception error) =>
        stage.Plan.Scenario == Plan.Scenario.Restart && error is DbException or IOException;

    private static async Task PauseAsync(CancellationToken ended) =>
        await Task.Delay(LookEvery, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Note(Activity seen)
    {
        var said = progress();
        var now = clock.Seconds;
        var servers = Math.Max(0, seen.Connections - others);
        Latest = new(now, said.Open, servers, seen.Busy, said.Succeeded, said.Failed);
        Moments.Add(Latest.Value);
        var isTooEarly = now < 0
            || (Memory.Count > 0 && now < Memory[^1].Seconds + MemoryEvery.TotalSeconds);
        if (!isTooEarly && stage.Server?.ProcessId is { } process)
            Memory.Add(new(now, servers, ProcessFamily.ProportionalBytes(process)));
    }
}
