using System.Diagnostics;
using System.Net.Sockets;
using Sento.Load.Contenders;
using Sento.Load.Processes;
using Sento.Load.Reports;
using Sento.Load.Wire;

namespace Sento.Load.Commands;

/// <summary>GetSecretValue over the API: each request is signed, checked, decided and written down.</summary>
internal static class SecretsCommand
{
    private const string Secret = "bench/app";
    private const string Value = "correct-horse-battery-staple";
    private static readonly int[] Connections = [1, 8, 32];

    internal sealed record Options(TimeSpan Seconds, bool KeepsResults);

    /// <param name="CpuMicroseconds">Of Sento, for each request.</param>
    private sealed record Result(
        int Connections, double PerSecond, double P50, double P99, double CpuMicroseconds);

    public static int Run(Options options, Interruption interruption)
    {
        var programs = Programs.FromEnvironment();
        using var stage = new Stage(interruption, programs, scale: 1);
        using var sento = new SentoWithVault(stage, programs.Sento);
        sento.Start();
        using (var client = new ApiClient(sento))
        {
            client.Send("CreateSecret", $$"""
                {"Name":"{{Secret}}","SecretString":"{{Value}}","ClientRequestToken":"{{Guid.NewGuid()}}"}
                """);
            client.Receive();
        }

        // What the first requests make a process compile is nobody's.
        Measure(stage, sento, 8, TimeSpan.FromSeconds(2));
        var report = Report(
            [.. Connections.Select(count => Measure(stage, sento, count, options.Seconds))],
            MachineDescription.Lines(stage, [sento]));
        Console.WriteLine(report);
        if (options.KeepsResults) ResultsFile.Append(report);
        return 0;
    }

    private static Result Measure(Stage stage, SentoWithVault sento, int count, TimeSpan duration)
    {
        var clients = Enumerable.Range(0, count).Select(_ => new ApiClient(sento)).ToList();
        var sentAt = clients.ToDictionary(client => client.Socket, _ => 0L);
        var bySocket = clients.ToDictionary(client => client.Socket);
        var latencies = new List<double>();
        try
        {
            var cpu = CpuClock.TreeNanoseconds(sento.ProcessId!.Value);
            var started = Stopwatch.GetTimestamp();
            foreach (var client in clients) Ask(client);
            var waiting = new List<Socket>();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                stage.Interruption.ThrowIfInterrupted();
                waiting.Clear();
                waiting.AddRange(sentAt.Keys);
                Socket.Select(waiting, null, null, 1_000_000);
                foreach (var socket in waiting)
                {
                    Take(bySocket[socket]);
                    Ask(bySocket[socket]);
                }
            }

            foreach (var client in clients) Take(client);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            cpu = CpuClock.TreeNanoseconds(sento.ProcessId!.Value) - cpu;
            latencies.Sort();
            return new Result(
                count, latencies.Count / seconds, Percentile(0.5), Percentile(0.99),
                cpu / 1000.0 / latencies.Count);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }

        void Ask(ApiClient client)
        {
            sentAt[client.Socket] = Stopwatch.GetTimestamp();
            client.Send("GetSecretValue", $$"""{"SecretId":"{{Secret}}"}""");
        }

        void Take(ApiClient client)
        {
            if (!client.Receive().Contains(Value, StringComparison.Ordinal))
                throw new BenchFailure("the API's answer is not the secret's value");
            latencies.Add(Stopwatch.GetElapsedTime(sentAt[client.Socket]).TotalMilliseconds);
        }

        double Percentile(double share) =>
            latencies[Math.Clamp((int)Math.Ceiling(share * latencies.Count) - 1, 0, latencies.Count - 1)];
    }

    private static string Report(IReadOnlyList<Result> results, string head)
    {
        var table = new Table(
            "connections", "GetSecretValue/s", "p50 ms", "p99 ms", "Sento's CPU µs for each");
        foreach (var result in results)
        {
            table.Add(
                Text.Number(result.Connections, "0"), Text.Number(result.PerSecond, "0"),
                Text.Number(result.P50, "0.00"), Text.Number(result.P99, "0.00"),
                Text.Number(result.CpuMicroseconds, "0"));
        }

        return $"""
            ## GetSecretValue over the API

            {head}

            Every request is signed anew by one client thread on the same machine, its signature checked,
            decided by policy, unsealed and written to the audit log; every answer is checked.

            {table}
            """;
    }
}
