using System.Globalization;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>A running pgbench with all its clients signed in; it can be halted and resumed.</summary>
internal sealed class Pgbench : IDisposable
{
    private static readonly TimeSpan SignInPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    private static int _count;

    private readonly Stage _stage;
    private readonly Child _child;
    private readonly string _logPath;

    private Pgbench(Stage stage, Child child, string logPrefix)
    {
        _stage = stage;
        _child = child;
        _logPath = $"{logPrefix}.{child.Id.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>Starts it and returns once all clients are signed in and send.</summary>
    /// <exception cref="BenchFailure">They could not sign in.</exception>
    public static Pgbench Start(Stage stage, IContender contender, Workload workload)
    {
        var logPrefix = stage.FileFor($"transactions-{++_count}");
        // Killed, not asked: a halted program hears nothing else.
        var child = Child.Start(
            "pgbench", Command(stage, contender, workload, logPrefix), logPrefix + ".out", Signal.Kill,
            environment: new Dictionary<string, string>
            {
                ["PGPASSWORD"] = stage.Server.Credentials.Password,
                // libpq takes TLS where it is offered: Sento would encrypt and the others would not.
                ["PGSSLMODE"] = workload.IsTls ? "require" : "disable",
                ["PGGSSENCMODE"] = "disable",
            });
        var pgbench = new Pgbench(stage, child, logPrefix);
        try
        {
            // The traffic starts when the last client is signed in, and the log with it.
            pgbench.Await(() => TransactionLog.EndOf(pgbench._logPath) is not null, SignInPatience);
            return pgbench;
        }
        catch
        {
            pgbench.Dispose();
            throw;
        }
    }

    /// <summary>Stops sending. Answers under way are read when it is resumed.</summary>
    public void Halt() => _child.Halt();

    public void Resume() => _child.Resume();

    /// <summary>The transactions that ended in these windows, in order of time. It must be running.</summary>
    public TransactionLog Transactions(params IReadOnlyList<Window> windows)
    {
        // The log is written in blocks: wait for the one that matters.
        Await(() => TransactionLog.EndOf(_logPath) >= windows[^1].Until, LogPatience);
        return TransactionLog.Read(_logPath, windows);
    }

    public void Dispose()
    {
        _child.Dispose();
        File.Delete(_logPath);
    }

    private void Await(Func<bool> fact, TimeSpan patience)
    {
        var isFact = _stage.Interruption.WaitFor(() => _child.HasEnded || fact(), patience);
        // A client that meets an error stops; pgbench goes on with the others and says so at once.
        var output = File.Exists(_child.LogPath) ? File.ReadAllText(_child.LogPath) : "";
        if (!isFact || _child.HasEnded || output.Contains("error:", StringComparison.Ordinal))
            throw new BenchFailure($"pgbench's run is void: {_child.LastWords()}");
    }

    private static List<string> Command(
        Stage stage, IContender contender, Workload workload, string logPrefix)
    {
        var credentials = stage.Server.Credentials;
        return
        [
            stage.Server.PathOf("pgbench"), "--no-vacuum", ScriptOption(stage, workload),
            .. workload.Connects ? new[] { "--connect" } : [],
            .. workload.PerSecond is { } rate ? new[] { "--rate=" + Text(rate) } : [],
            "--define=scale=" + Text(stage.Scale), "--define=told=0", "--protocol=" + workload.Mode,
            "--client=" + Text(workload.Clients), "--jobs=1",
            "--time=" + Text((int)AtMost.TotalSeconds), "--log", "--log-prefix=" + logPrefix,
            "--host=127.0.0.1", "--port=" + Text(contender.Port), "--username=" + credentials.User,
            credentials.Database,
        ];
    }

    private static string ScriptOption(Stage stage, Workload workload)
    {
        if (workload.Script is not { } script) return "--builtin=select-only";
        var path = stage.FileFor(workload.Name + ".sql");
        File.WriteAllText(path, script);
        return "--file=" + path;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
