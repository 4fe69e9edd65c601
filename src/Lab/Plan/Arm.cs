using Sento.Lab.Engines;

namespace Sento.Lab.Plan;

/// <summary>Through what invocations reach the database.</summary>
public enum Road { Direct, Queue, Sento, PgBouncer }

/// <summary>One way to run the same functions, measured beside the others.</summary>
/// <param name="Letter">What charts and tables call it.</param>
/// <param name="Limit">The database's max_connections.</param>
public sealed record Arm(string Letter, Road Road, int Limit)
{
    /// <summary>False: a connection is opened and closed in each invocation.</summary>
    public bool KeepsConnection { get; init; } = true;

    /// <summary>The driver sends a SET after it has connected, as popular ones do.</summary>
    public bool SetsAtConnect { get; init; }

    /// <summary>Sento pins as RDS Proxy documents that it does.</summary>
    public bool HasRdsRules { get; init; }

    /// <summary>Sento's ConnectionBorrowTimeout in seconds; null: its default.</summary>
    public int? BorrowSeconds { get; init; }

    /// <summary>Workers behind the queue.</summary>
    public int Workers { get; init; }

    /// <summary>PgBouncer speaks PostgreSQL only, and so do the rules of RDS here.</summary>
    private bool IsOfPostgres => Road == Road.PgBouncer || HasRdsRules;

    /// <summary>All arms of a plan, in the order in which they run.</summary>
    public static IReadOnlyList<Arm> AllOf(LabPlan plan)
    {
        Arm[] arms =
        [
            new("A", Road.Direct, plan.StockLimit),
            new("B", Road.Direct, plan.RaisedLimit),
            .. plan.QueueWorkers.Select(workers =>
                new Arm($"C{workers}", Road.Queue, plan.StockLimit) { Workers = workers }),
            new("D", Road.Sento, plan.StockLimit),
            new("DS", Road.Sento, plan.StockLimit) { SetsAtConnect = true },
            .. plan.Scenario == Scenario.Overload
                ? [new("DT", Road.Sento, plan.StockLimit) { BorrowSeconds = plan.ImpatientSeconds }]
                : Array.Empty<Arm>(),
            new("E", Road.PgBouncer, plan.StockLimit),
            new("F", Road.Sento, plan.StockLimit) { HasRdsRules = true },
            new("FS", Road.Sento, plan.StockLimit) { HasRdsRules = true, SetsAtConnect = true },
            new("G", Road.Direct, plan.StockLimit) { KeepsConnection = false },
        ];
        return
        [
            .. arms.Where(arm => plan.Engine == Engine.Postgres || !arm.IsOfPostgres)
                .Where(arm => plan.Arms?.Contains(arm.Letter, StringComparer.OrdinalIgnoreCase) ?? true),
        ];
    }
}
