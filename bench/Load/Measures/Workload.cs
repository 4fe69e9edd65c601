namespace Sento.Load.Measures;

/// <summary>
/// What pgbench does in one run: its select-only script in one query mode, by so many clients.
/// </summary>
internal sealed record Workload(string Mode, int Clients)
{
    /// <summary>Every workload of the PostgreSQL bench, in the order of its reports.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        .. from mode in new[] { "simple", "extended", "prepared" }
           from clients in new[] { 16, 64 }
           select new Workload(mode, clients),
    ];

    public string Name => $"{Mode}-{Clients}";

    /// <summary>The workloads of these names, separated by commas; null: all.</summary>
    public static IReadOnlyList<Workload> Parse(string? names)
    {
        if (names is null) return All;
        return [.. names.Split(',').Select(Named)];
    }

    private static Workload Named(string name) => All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new BenchFailure(
            $"no workload {name}; there are: {string.Join(", ", All.Select(workload => workload.Name))}");
}
