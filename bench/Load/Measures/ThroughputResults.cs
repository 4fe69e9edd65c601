namespace Sento.Load.Measures;

/// <summary>
/// All runs of an interleaved bench: for each round, workload and contender a sample or a fault.
/// </summary>
internal sealed class ThroughputResults(IReadOnlyList<string> contenders, IReadOnlyList<Workload> workloads)
{
    private readonly List<Run> _runs = [];

    internal sealed record Run(int Round, Workload Workload, string Contender, Sample? Sample, string? Fault);

    public IReadOnlyList<string> Contenders { get; } = contenders;

    public IReadOnlyList<Workload> Workloads { get; } = workloads;

    public IReadOnlyList<Run> Runs => _runs;

    public void Add(Run run) => _runs.Add(run);

    /// <summary>The median over the rounds; null when the contender has no such value.</summary>
    public double? Median(Workload workload, string contender, Func<Sample, double?> value) =>
        Of(workload, contender, value)?.Median;

    /// <summary>Over the rounds; null when the contender has no such value.</summary>
    public Spread? Of(Workload workload, string contender, Func<Sample, double?> value) =>
        Spread.Of(Of(workload, contender).Select(run => value(run.Sample!)));

    /// <summary>
    /// The ratio to another contender, taken within each round: what disturbs a whole round moves both sides.
    /// </summary>
    public Spread? Ratio(Workload workload, string contender, string yardstick, Func<Sample, double?> value)
    {
        var others = Of(workload, yardstick).ToDictionary(run => run.Round, run => value(run.Sample!));
        return Spread.Of(Of(workload, contender)
            .Where(run => others.ContainsKey(run.Round))
            .Select(run => value(run.Sample!) / others[run.Round]));
    }

    private IEnumerable<Run> Of(Workload workload, string contender) => _runs.Where(
        run => run.Workload == workload && run.Contender == contender && run.Sample is not null);
}
