namespace Sento.Load.Contenders;

/// <summary>
/// The contenders of one bench, all before the same server, both proxies with the same pool size.
/// </summary>
internal sealed class Lineup : IDisposable
{
    private readonly List<IContender> _contenders = [];

    private Lineup()
    {
    }

    public IReadOnlyList<IContender> Contenders => _contenders;

    /// <summary>Those with a process to charge.</summary>
    public IEnumerable<IContender> Proxies => _contenders.Where(contender => contender is not DirectServer);

    /// <param name="baseline">Another Sento program to show beside the first; null: none.</param>
    public static Lineup Of(Stage stage, Programs programs, int poolSize, string? baseline) =>
        Of(stage, programs, poolSize, baseline, namesMethods: false);

    /// <summary>The same, with names of compiled methods for a profiler.</summary>
    public static Lineup OfProfiled(Stage stage, Programs programs, int poolSize, string? baseline) =>
        Of(stage, programs, poolSize, baseline, namesMethods: true);

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

    private static Lineup Of(
        Stage stage, Programs programs, int poolSize, string? baseline, bool namesMethods)
    {
        var lineup = new Lineup();
        lineup.Add(new DirectServer(stage.Server));
        lineup.Add(new PgBouncer(stage, programs.PgBouncer, poolSize));
        lineup.Add(Sento("Sento", programs.Sento));
        if (baseline is not null) lineup.Add(Sento("Baseline", baseline));
        return lineup;

        SentoProxy Sento(string name, string program) =>
            new(stage, name, program, poolSize) { NamesItsMethods = namesMethods };
    }

    private void Add(IContender contender) => _contenders.Add(contender);
}
