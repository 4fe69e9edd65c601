namespace Sento.Load.Contenders;

/// <summary>
/// The contenders of one bench, all before the same server, all proxies with the same pool size.
/// </summary>
internal sealed class Lineup : IDisposable
{
    private readonly List<IContender> _contenders = [];

    /// <param name="PoolSize">Server connections behind each proxy.</param>
    /// <param name="Baseline">Another Sento program to show beside the first; null: none.</param>
    /// <param name="HasTwin">A second PgBouncer: how far two equal programs lie apart is the noise.</param>
    /// <param name="NamesMethods">Sento writes the names of compiled methods for a profiler.</param>
    internal sealed record Choice(
        int PoolSize, string? Baseline, bool HasTwin = false, bool NamesMethods = false);

    private Lineup()
    {
    }

    public IReadOnlyList<IContender> Contenders => _contenders;

    /// <summary>Those with a process to charge.</summary>
    public IEnumerable<IContender> Proxies => _contenders.Where(contender => contender is not DirectServer);

    public static Lineup Of(Stage stage, Programs programs, Choice choice)
    {
        var lineup = new Lineup();
        lineup.Add(new DirectServer(stage.Server));
        lineup.Add(PgBouncer("PgBouncer"));
        if (choice.HasTwin) lineup.Add(PgBouncer("Twin"));
        lineup.Add(Sento("Sento", programs.Sento));
        lineup.Add(Sento("Sento-uring", programs.Sento, "io_uring"));
        if (choice.Baseline is { } baseline) lineup.Add(Sento("Baseline", baseline));
        return lineup;

        PgBouncer PgBouncer(string name) => new(stage, name, programs.PgBouncer, choice.PoolSize);

        SentoProxy Sento(string name, string program, string driver = "epoll") =>
            new(stage, name, program, choice.PoolSize)
            {
                Driver = driver,
                NamesItsMethods = choice.NamesMethods,
            };
    }

    /// <summary>Starts everyone; who does not serve is left out, with its reason on the console.</summary>
    public void Start()
    {
        foreach (var contender in _contenders.ToArray())
        {
            try
            {
                contender.Start();
            }
            catch (BenchFailure fault) when (contender is SentoProxy)
            {
                Console.Error.WriteLine($"Left out: {fault.Message}");
                _contenders.Remove(contender);
                contender.Dispose();
            }
        }
    }

    public void Stop()
    {
        foreach (var contender in _contenders) contender.Stop();
    }

    public void Dispose()
    {
        foreach (var contender in _contenders) contender.Dispose();
    }

    private void Add(IContender contender) => _contenders.Add(contender);
}
