using System.Diagnostics;
using Npgsql;
using Sento.Load.Contenders;
using Sento.Load.Reports;

namespace Sento.Load.Measures;

/// <summary>
/// A new environment's storm: thousands of clients that come at once, each with a token of its own over TLS,
/// each with one query, beside traffic at a fixed rate by clients that are signed in.
/// </summary>
internal static class TokenStorm
{
    private const int TrafficPerSecond = 500;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly Workload Traffic = new("storm-8", "simple", 8) { PerSecond = TrafficPerSecond };

    public static string Run(Stage stage, SentoWithVault sento, int clientCount)
    {
        using var pgbench = Pgbench.Start(stage, sento, Traffic);
        Storm(stage, sento, 200);
        var before = Watch(() =>
        {
            stage.Interruption.WaitFor(() => false, Quiet);
            return (0, 0);
        });
        var during = Watch(() => Storm(stage, sento, clientCount));
        var rest = Watch(() =>
        {
            stage.Interruption.WaitFor(() => false, Quiet);
            return (0, 0);
        });
        var table = new Table(
            "traffic", "seconds", "sign-ins", "refused", "sign-ins/s", "transactions/s", "p50 ms", "p99 ms",
            "longest ms");
        Add("before", before);
        Add("during the storm", during);
        Add("after", rest);
        return $"""
            {clientCount} clients come at once with a token each, over TLS, beside {TrafficPerSecond}
            transactions/s of 8 clients that are signed in; a latency counts from when its transaction was
            due.

            {table}
            """;

        (Window Window, int Done, int Failed) Watch(Func<(int, int)> work)
        {
            var from = DateTime.UtcNow;
            var (done, failed) = work();
            return (new Window(from, DateTime.UtcNow), done, failed);
        }

        void Add(string name, (Window Window, int Done, int Failed) watched)
        {
            var seen = pgbench.Transactions(watched.Window);
            table.Add(
                name, Text.Number(watched.Window.Seconds, "0.0"), Text.Number(watched.Done, "0"),
                Text.Number(watched.Failed, "0"), Text.Number(watched.Done / watched.Window.Seconds, "0"),
                Text.Number(seen.PerSecond, "0"), Text.Number(seen.Percentile(0.5), "0.00"),
                Text.Number(seen.Percentile(0.99), "0.00"), Text.Number(seen.Percentile(1), "0.0"));
        }
    }

    /// <summary>
    /// The one place where the bench leaves its main thread: so many handshakes are under way at once.
    /// </summary>
    /// <returns>How many got their answer, and how many were turned away.</returns>
    private static (int Done, int Failed) Storm(Stage stage, SentoWithVault sento, int clientCount)
    {
        var (done, failed) = (0, 0);
        var user = stage.Server.Credentials.User;
        var started = Stopwatch.GetTimestamp();
        var all = Task.WhenAll(Enumerable.Range(0, clientCount).Select(_ => Task.Run(ComeAsync)));
        if (!stage.Interruption.WaitFor(() => all.IsCompleted, Patience))
            throw new BenchFailure($"the storm is not over after {Stopwatch.GetElapsedTime(started)}");
        return (done, failed);

        async Task ComeAsync()
        {
            try
            {
                await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
                {
                    Host = "127.0.0.1",
                    Port = sento.TokenPort,
                    Username = user,
                    Password = sento.NewToken(user),
                    Database = stage.Server.Credentials.Database,
                    SslMode = SslMode.Require,
                    Pooling = false,
                    Timeout = 60,
                }.ConnectionString);
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand("select 1", connection);
                if (await command.ExecuteScalarAsync() is 1) Interlocked.Increment(ref done);
                else Interlocked.Increment(ref failed);
            }
            catch (NpgsqlException)
            {
                Interlocked.Increment(ref failed);
            }
        }
    }
}
