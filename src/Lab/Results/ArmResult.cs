using Sento.Lab.Load;
using Sento.Lab.Measures;
using Sento.Lab.Plan;

namespace Sento.Lab.Results;

/// <summary>Errors of one class.</summary>
/// <param name="FirstSeconds">When the first of them came, from the start of the arm.</param>
public sealed record ErrorCount(string Class, int Count, double FirstSeconds, string Example);

/// <summary>Milliseconds below which a share of the values lies; zero where there are none.</summary>
public sealed record Percentiles(int Count, double P50, double P95, double P99, double P999, double Max)
{
    public static Percentiles Of(IEnumerable<long> microseconds)
    {
        var sorted = microseconds.Order().ToArray();
        return new(sorted.Length, At(0.5), At(0.95), At(0.99), At(0.999), At(1));

        // The nearest rank: a value that was measured, never one between two.
        double At(double share) => sorted.Length == 0
            ? 0
            : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)] / 1e3;
    }
}

/// <summary>Invocations that were wanted after a scenario's event.</summary>
/// <param name="Errors">Classes with their counts, in words.</param>
public sealed record AfterEvent(int Started, int Failed, string Errors);

/// <summary>What was measured in one arm of one round.</summary>
public sealed record ArmResult(Arm Arm, int Round)
{
    /// <summary>Why the arm did not run to its end; null: it did.</summary>
    public string? Fault { get; init; }

    public int Started { get; init; }

    public int Succeeded { get; init; }

    public int Failed => Started - Succeeded;

    public IReadOnlyList<ErrorCount> Errors { get; init; } = [];

    /// <summary>Of successes, from the moment they were wanted.</summary>
    public Percentiles Latency { get; init; } = Percentiles.Of([]);

    /// <summary>Before the arm: a few clients, always awake, with connections of their own.</summary>
    public Percentiles FewClients { get; init; } = Percentiles.Of([]);

    /// <summary>What connecting took, of those that got a connection.</summary>
    public Percentiles Connect { get; init; } = Percentiles.Of([]);

    /// <summary>Until the queue had the message; only where there is one.</summary>
    public Percentiles? Accepted { get; init; }

    /// <summary>Latencies at even steps of the share of successes, for a curve.</summary>
    public IReadOnlyList<double> LatencyCurve { get; init; } = [];

    public IReadOnlyList<Moment> Moments { get; init; } = [];

    public IReadOnlyList<MemoryMoment> Memory { get; init; } = [];

    public double DatabaseCpuSeconds { get; init; }

    /// <summary>Of the proxy or the queue's workers; null: there is none.</summary>
    public double? ProxyCpuSeconds { get; init; }

    /// <summary>Memory of the proxy at the end; null: there is none.</summary>
    public long? ProxyBytes { get; init; }

    /// <summary>From the start until the last outcome.</summary>
    public double Seconds { get; init; }

    /// <summary>
    /// From the first of the burst's invocations until the last of them has ended, well or not.
    /// </summary>
    public double BurstSeconds { get; init; }

    /// <summary>
    /// From the end of the burst, of the overload or the scenario's event until invocations succeed within a
    /// second again, all but one in a hundred; null: not before the arm's end.
    /// </summary>
    public double? RecoverySeconds { get; init; }

    /// <summary>The longest time without a success.</summary>
    public double GapSeconds { get; init; }

    /// <summary>When the scenario's event began; null: there was none.</summary>
    public double? EventSeconds { get; init; }

    /// <summary>Null: there was no event.</summary>
    public AfterEvent? AfterEvent { get; init; }

    public ServerCounters? Counters { get; init; }

    /// <summary>Null: the arm did not run.</summary>
    public Orphans? Orphans { get; init; }

    /// <summary>Errors in each second, from the start of the arm.</summary>
    public IReadOnlyList<int> ErrorsEachSecond { get; init; } = [];

    /// <summary>Useful work: successes in a second, until the last outcome.</summary>
    public double SuccessesPerSecond => Seconds > 0 ? Succeeded / Seconds : 0;

    public int ServersMax => Moments.Count == 0 ? 0 : Moments.Max(moment => moment.Servers);

    public int ClientsMax => Moments.Count == 0 ? 0 : Moments.Max(moment => moment.Clients);

    public long MemoryMax => Memory.Count == 0 ? 0 : Memory.Max(moment => moment.Bytes);
}

/// <summary>A whole run.</summary>
public sealed record RunResult(
    LabPlan Plan, Machine Machine, DateTimeOffset At, IReadOnlyList<ArmResult> Arms);
