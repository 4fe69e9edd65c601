namespace Sento.Load.Contenders;

/// <summary>
/// The contenders of one bench, all before the same server, all proxies with the same pool size.
/// </summary>
internal sealed class Lineup : IDisposable
{
    private readonly List<IContender> _contenders = [];

    /// <param name="PoolSize">Server connections behind each proxy.</param>
    /// <param name="Baselines">Other Sento programs to show beside the first, by their file names.</param>
    /// <param name="Only">Who takes part, of those named here; empty: all.</param>
    /// <param name="HasTwin">A second PgBouncer: how far two equal programs lie apart is the noise.</param>
    /// <param name="NamesMethods">Sento writes the names of compiled methods for a profiler.</param>
    /// <param name="HasWide">A PgBouncer with buffers of 64 KB: what large results cost it at best.</param>
    internal sealed record Choice(
        int PoolSize, IReadOnlyList<string> Baselines, IReadOnlyList<string> Only, bool HasTwin = false,
        bool NamesMethods = false, bool HasWide = false);

    /// <summary>PgBouncer with buffers of 64 KB.</summary>
    public const string Wide = "PgBouncer-64k";

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
        if (choice.HasWide) lineup.Add(PgBouncer(Wide, 64 * 1024));
        lineup.Add(Sento("Sento", programs.Sento));
        lineup.Add(Sento("Sento-uring", programs.Sento, "io_uring"));
        lineup.Add(new Odyssey(stage, programs.Odyssey, choice.PoolSize));
        lineup.Add(new Haproxy(stage, programs.Haproxy));
        foreach (var baseline in choice.Baselines) lineup.Add(Sento(Path.GetFileName(baseline), baseline));
        if (choice.Only.Count > 0) lineup.Keep(choice.Only);
        return lineup;

        PgBouncer PgBouncer(string name, int? bufferBytes = null) =>
            new(stage, name, programs.PgBouncer, choice.PoolSize) { BufferBytes = bufferBytes };

        SentoProxy Sento(string name, string program, string driver = "epoll") =>
            new(stage, name, program, choice.PoolSize)
            {
                Driver = driver,
                NamesItsMethods = choice.NamesMethods,
            };
    }

    /// <summary>MySQL's: a relay is the yardstick; pools take part where somebody installed them.</summary>
    public static Lineup OfMySql(Stage stage, Programs programs, Choice choice)
    {
        var lineup = new Lineup();
        lineup.Add(new DirectServer(stage.Database));
        lineup.Add(new Haproxy(stage, programs.Haproxy));
        foreach (var (name, driver) in new[] { ("Sento", "epoll"), ("Sento-uring", "io_uring") })
            lineup.Add(new SentoProxy(stage, name, programs.Sento, choice.PoolSize) { Driver = driver });
        if (Programs.OnThePath("proxysql") is { } proxySql)
            lineup.Add(new ProxySql(stage, proxySql, choice.PoolSize));
        if (Programs.OnThePath("maxscale") is { } maxScale)
            lineup.Add(new MaxScale(stage, maxScale, choice.PoolSize));
        if (choice.Only.Count > 0) lineup.Keep(choice.Only);
        return lineup;
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
            catch (BenchFailure fault) when (contender is not (DirectServer or PgBouncer))
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

    private void Keep(IReadOnlyList<string> names)
    {
        var missing = names.Except(_contenders.Select(contender => contender.Name)).ToList();
        if (missing.Count > 0) throw new BenchFailure($"there is no {string.Join(", ", missing)} to measure");
        foreach (var other in _contenders.Where(contender => !names.Contains(contender.Name)).ToArray())
        {
            _contenders.Remove(other);
            other.Dispose();
        }
    }
}
