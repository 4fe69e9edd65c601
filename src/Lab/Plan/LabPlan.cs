namespace Sento.Lab.Plan;

/// <summary>What a run of the lab does: how many environments, for how long, on which ways.</summary>
public sealed record LabPlan
{
    /// <summary>Simulated execution environments; each keeps one connection of its own.</summary>
    public int Environments { get; init; } = 1_000;

    public ulong Seed { get; init; } = 42;

    /// <summary>Times that all arms are run one after another, each with the next seed.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>Server connections of each proxy.</summary>
    public int PoolSize { get; init; } = 20;

    /// <summary>max_connections of PostgreSQL as it is delivered.</summary>
    public int StockLimit { get; init; } = 100;

    /// <summary>max_connections where somebody raised it.</summary>
    public int RaisedLimit { get; init; } = 2_000;

    /// <summary>Workers behind the queue, an arm for each number.</summary>
    public IReadOnlyList<int> QueueWorkers { get; init; } = [16];

    public PhaseLengths Phases { get; init; } = new(10, 3, 2, 3);

    /// <summary>The function's time-out, from the moment that the invocation was wanted.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Mean time between two invocations of one environment.</summary>
    public TimeSpan MeanPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Operating system processes that the environments live in.</summary>
    public int LoadProcesses { get; init; } = 2;

    /// <summary>Letters of the arms to run; null: all.</summary>
    public IReadOnlyList<string>? Arms { get; init; }

    /// <summary>The same experiment small and short: 45 seconds.</summary>
    public static LabPlan Quick { get; } = new()
    {
        Environments = 300,
        Phases = new(1.5, 0.7, 0.5, 0.8),
        Deadline = TimeSpan.FromSeconds(3),
        MeanPause = TimeSpan.FromSeconds(1),
    };

    public static LabPlan Full { get; } = new() { Rounds = 5, QueueWorkers = [4, 16, 64] };
}

/// <summary>Seconds of each phase of the arrivals, in their order.</summary>
/// <param name="Ramp">Environments start one after another until all are there.</param>
/// <param name="Steady">All are invoked now and then.</param>
/// <param name="Burst">All are invoked at once, in the first half of it.</param>
/// <param name="Idle">Nine of ten stay frozen, the others work.</param>
public sealed record PhaseLengths(double Ramp, double Steady, double Burst, double Idle)
{
    public double Total => Ramp + Steady + Burst + Idle;
}
