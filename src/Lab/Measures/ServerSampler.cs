using Npgsql;
using Sento.Lab.Load;
using Sento.Lab.Servers;

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
internal sealed class ServerSampler(
    string connection, int serverProcess, ArmClock clock, Func<LoadProgress> progress)
{
    private const string Question = $"""
        SELECT count(*)::int, (count(*) FILTER (WHERE state <> 'idle'))::int FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND usename = '{ThrowawayServer.User}'
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // Reading the memory maps of a thousand processes takes a tenth of a second of CPU.
    private static readonly TimeSpan MemoryEvery = TimeSpan.FromSeconds(3);

    public List<Moment> Moments { get; } = [];

    public List<MemoryMoment> Memory { get; } = [];

    /// <summary>What was seen last; null: nothing yet.</summary>
    public Moment? Latest { get; private set; }

    public async Task RunAsync(CancellationToken ended)
    {
        await using var admin = new NpgsqlConnection(connection);
        await admin.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Question, admin);
        while (!ended.IsCancellationRequested)
        {
            await LookAsync(command);
            await Task.Delay(LookEvery, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(NpgsqlCommand command)
    {
        int servers, busy;
        await using (var row = await command.ExecuteReaderAsync())
        {
            await row.ReadAsync();
            (servers, busy) = (row.GetInt32(0), row.GetInt32(1));
        }
        var said = progress();
        var now = clock.Seconds;
        Latest = new(now, said.Open, servers, busy, said.Succeeded, said.Failed);
        Moments.Add(Latest.Value);
        if (now < 0 || (Memory.Count > 0 && now < Memory[^1].Seconds + MemoryEvery.TotalSeconds))
            return;
        Memory.Add(new(now, servers, ProcessFamily.ProportionalBytes(serverProcess)));
    }
}
