using System.Globalization;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>One run of pgbench against a contender, in the middle of which something is measured.</summary>
internal sealed class Pgbench(Stage stage)
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(30);

    private int _runs;

    /// <summary>
    /// Runs the workload, calls <paramref name="measure"/> once all clients are signed in and warm, and gives
    /// the transactions that ended in the window that it reports. Signing in is thus not part of it.
    /// </summary>
    /// <param name="measure">Must take as long as <paramref name="timing"/> says.</param>
    public TransactionLog Run(IContender contender, Workload workload, Timing timing, Func<Window> measure)
    {
        var prefix = stage.FileFor($"transactions-{++_runs}");
        using var child = Child.Start(
            "pgbench", Command(contender, workload, timing, prefix), prefix + ".out", Signal.Term,
            environment: new Dictionary<string, string>
            {
                ["PGPASSWORD"] = stage.Server.Credentials.Password,
            });
        var logPath = $"{prefix}.{child.Id.ToString(CultureInfo.InvariantCulture)}";
        try
        {
            // pgbench starts its traffic when the last client is signed in; the log is written from then on.
            Await(child, () => TransactionLog.EndOf(logPath) is not null, ConnectPatience);
            stage.Interruption.Pause(timing.WarmUp);
            var window = measure();

            // It writes its log in blocks, and we end it before its time: wait for the block that matters.
            Await(child, () => TransactionLog.EndOf(logPath) >= window.Until, LogPatience);
            return TransactionLog.Read(logPath, window);
        }
        finally
        {
            child.Dispose();
            File.Delete(logPath);
        }
    }

    private void Await(Child child, Func<bool> fact, TimeSpan patience)
    {
        var isFact = stage.Interruption.WaitFor(() => child.HasEnded || fact(), patience);
        // A client that meets an error stops; pgbench goes on with the others and says so at once.
        var output = File.Exists(child.LogPath) ? File.ReadAllText(child.LogPath) : "";
        if (!isFact || child.HasEnded || output.Contains("error:", StringComparison.Ordinal))
            throw new BenchFailure($"pgbench's run is void: {child.LastWords()}");
    }

    private List<string> Command(IContender contender, Workload workload, Timing timing, string prefix)
    {
        var credentials = stage.Server.Credentials;
        // Only a bound for the case that nobody ends it: its clock includes the clients' sign-in.
        var bound = timing.WarmUp + timing.Window + ConnectPatience + LogPatience;
        return
        [
            stage.Server.PathOf("pgbench"), "--no-vacuum", "--builtin=select-only",
            "--protocol=" + workload.Mode, "--client=" + Text(workload.Clients), "--jobs=1",
            "--time=" + Text((int)Math.Ceiling(bound.TotalSeconds)),
            "--log", "--log-prefix=" + prefix,
            "--host=127.0.0.1", "--port=" + Text(contender.Port), "--username=" + credentials.User,
            credentials.Database,
        ];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
