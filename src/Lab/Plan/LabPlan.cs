using Sento.Lab.Engines;

namespace Sento.Lab.Plan;

/// <summary>What happens while an arm runs.</summary>
public enum Scenario
{
    None,

    /// <summary>
    /// The application's password changes; functions keep the one that they were deployed with.
    /// </summary>
    Rotate,

    /// <summary>The database crashes and is started again.</summary>
    Restart,

    /// <summary>For a while each read costs far more than the machine can do.</summary>
    Overload,
}

/// <summary>How environments prove who they are.</summary>
public enum SignIn
{
    /// <summary>By password, in clear connections.</summary>
    Password,

    /// <summary>By password, over TLS.</summary>
    Tls,

    /// <summary>By an IAM token over TLS where that is taken (Sento), else by password over TLS.</summary>
    Token,
}

/// <summary>What a run of the lab does: how many environments, for how long, on which ways.</summary>
public sealed record LabPlan
{
    private const double ScenarioSteadySeconds = 6;
    private const double OverloadTailSeconds = 5;

    // Served all at once, slow reads would take four times what the platform gives.
    private const double OverloadFactor = 4;

    public Engine Engine { get; init; } = Engine.Postgres;

    /// <summary>What happens in the middle of each arm.</summary>
    public Scenario Scenario { get; init; }

    /// <summary>How environments sign in, and the proxies behind them.</summary>
    public SignIn SignIn { get; init; }

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

    public PhaseLengths Phases { get; init; } = new(10, 2, 2, 2);

    /// <summary>The function's time-out, from the moment that the invocation was wanted.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Mean time between two invocations of one environment.</summary>
    public TimeSpan MeanPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The platform kills as large a share of environments after an invocation.</summary>
    public double KillShare { get; init; } = 0.005;

    /// <summary>Operating system processes that the environments share.</summary>
    public int LoadProcesses { get; init; } = 2;

    /// <summary>
    /// Environments that are processes of their own, stopped by a signal while they are frozen.
    /// </summary>
    public int OwnProcesses { get; init; } = 8;

    /// <summary>The server is restarted only where a limit of it changes, not before each arm.</summary>
    public bool IsHurried { get; init; }

    /// <summary>The server is somebody's: it is not restarted, and no limit of it is changed.</summary>
    public bool IsAgainst { get; init; }

    /// <summary>Letters of the arms to run; null: all.</summary>
    public IReadOnlyList<string>? Arms { get; init; }

    /// <summary>When the scenario's event takes place: in the middle of the steady phase.</summary>
    public double EventSeconds => Phases.Ramp + (Phases.Steady / 2);

    /// <summary>When what was hard on the database is over, and time to recover begins.</summary>
    public double PeakEndSeconds => Scenario switch
    {
        Scenario.None or Scenario.Overload => Phases.Ramp + Phases.Steady + Phases.Burst,
        _ => EventSeconds,
    };

    /// <summary>
    /// Rows that a slow read compares with all others, as many as <see cref="SlowCpu"/> needs here; zero:
    /// reads are never slow.
    /// </summary>
    public int SlowRows { get; init; }

    /// <summary>CPU time of a slow read.</summary>
    public TimeSpan SlowCpu => Deadline * OverloadFactor * Environment.ProcessorCount / Environments;

    /// <summary>
    /// A ConnectionBorrowTimeout that leaves who waited for so long enough time for the work itself.
    /// </summary>
    public int ImpatientSeconds => (int)Math.Max(1, Deadline.TotalSeconds / 3);

    /// <summary>Whether an invocation's read is slow: wanted from the event until the burst ends.</summary>
    public bool IsSlow(Arrival arrival) => SlowRows > 0
        && arrival.AtMicroseconds >= EventSeconds * 1_000_000
        && arrival.AtMicroseconds < PeakEndSeconds * 1_000_000;

    /// <summary>The same experiment small and short.</summary>
    public static LabPlan Quick { get; } = new()
    {
        Environments = 300,
        Phases = new(1.2, 0.4, 0.4, 0.4),
        Deadline = TimeSpan.FromSeconds(2.5),
        MeanPause = TimeSpan.FromSeconds(1),
        OwnProcesses = 2,
        IsHurried = true,
    };

    public static LabPlan Full { get; } = new() { Rounds = 5, QueueWorkers = [4, 16, 64] };

    /// <summary>What is put to a server that is not ours: little.</summary>
    public static LabPlan Against { get; } = new()
    {
        Environments = 60,
        Phases = new(3, 3, 1, 3),
        PoolSize = 10,
        IsAgainst = true,
        Arms = ["A", "D", "E", "F"],
    };

    /// <summary>The same with an event in the middle, for the arms in which it tells something.</summary>
    public LabPlan With(Scenario scenario) => scenario == Scenario.None ? this : this with
    {
        Scenario = scenario,
        // What happens to sign-ins is seen in sign-ins.
        KillShare = scenario == Scenario.Rotate ? 0.05 : KillShare,
        Phases = Phases with
        {
            Steady = Math.Max(Phases.Steady, ScenarioSteadySeconds),
            // Long enough to see what is left of the overload once everybody has given up.
            Idle = scenario == Scenario.Overload
                ? Deadline.TotalSeconds + OverloadTailSeconds
                : Phases.Idle,
        },
        // What runs on from one arm must not reach the next.
        IsHurried = IsHurried && scenario != Scenario.Overload,
        Arms = Arms ?? (scenario == Scenario.Overload ? ["B", "C16", "D", "DT", "E"] : ["B", "D", "E"]),
    };
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
