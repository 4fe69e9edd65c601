namespace Sento.Load.Measures;

/// <summary>What pgbench does in one run: a script, in one query mode, by so many clients.</summary>
/// <param name="Mode">simple, extended or prepared.</param>
/// <param name="Script">Null: pgbench's own select-only script.</param>
internal sealed record Workload(string Name, string Mode, int Clients, string? Script = null)
{
    private const string Account = "\\set aid random(1, 100000 * :scale)\n";
    private const string Update =
        "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;\n";
    private const string Select = "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n";

    /// <summary>
    /// Every second client keeps a time zone of its own from its first transaction on; Pgbench defines what
    /// remembers that.
    /// </summary>
    private const string HalfWithSettings = $"""
        \if :told = 0 and :client_id % 2 = 1
        SET timezone TO :client_id;
        \endif
        \set told 1
        {Account}{Select}
        """;

    private static readonly string[] Modes = ["simple", "extended", "prepared"];

    /// <summary>Each transaction has a connection of its own.</summary>
    public bool Connects { get; init; }

    /// <summary>Transactions of all clients together, evenly; null: as many as they can.</summary>
    public int? PerSecond { get; init; }

    /// <summary>Clients encrypt.</summary>
    public bool IsTls { get; init; }

    /// <summary>How long everyone runs before the next takes over; longer than any of them waits.</summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromMilliseconds(250);

    public bool Suits(Contenders.IContender contender) => !contender.IsRelay || (!IsTls && Clients <= 250);

    /// <summary>Single statements, by few and by many: measured unless something else is asked for.</summary>
    public static IReadOnlyList<Workload> Core { get; } = [.. Selects([16, 64])];

    /// <summary>Every workload, in the order of reports.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        .. Core,
        .. Selects([1, 1000]),
        new("five-16", "extended", 16,
            $"{Account}BEGIN;\n{Select}{Update}{Select}COMMIT;\n"),
        new("tpcb-16", "prepared", 16, Tpcb()),
        new("pipeline-16", "extended", 16,
            $"{Account}\\startpipeline\n{string.Concat(Enumerable.Repeat(Select, 10))}\\endpipeline\n"),
        new("settings-64", "simple", 64, HalfWithSettings),
        new("queue-2000", "simple", 2000) { Slice = TimeSpan.FromSeconds(2) },
        new("megabyte-4", "simple", 4, "SELECT repeat('x', 1000) FROM generate_series(1, 1000);\n"),
        new("tls-16", "extended", 16) { IsTls = true },
        new("connect-8", "simple", 8) { Connects = true },
        new("connect-tls-8", "simple", 8) { Connects = true, IsTls = true },
    ];

    /// <summary>The workloads of these names, separated by commas; all: every one; null: the core.</summary>
    public static IReadOnlyList<Workload> Parse(string? names) => names switch
    {
        null => Core,
        "all" => All,
        _ => [.. names.Split(',').Select(Named)],
    };

    private static IEnumerable<Workload> Selects(int[] clientCounts) =>
        from mode in Modes
        from clients in clientCounts
        select new Workload($"{mode}-{clients}", mode, clients);

    /// <summary>TPC-B-like, but without pgbench's two hot rows, which only make clients queue.</summary>
    private static string Tpcb() => Account + "\\set delta random(-5000, 5000)\nBEGIN;\n"
        + "UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;\n" + Select
        + "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, :aid, :delta, now());\n"
        + "END;\n";

    private static Workload Named(string name) => All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new BenchFailure(
            $"no workload {name}; there are: {string.Join(", ", All.Select(workload => workload.Name))}");
}
