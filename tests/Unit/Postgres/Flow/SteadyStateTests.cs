using System.Collections.Immutable;
using Sento.DataPlane;
using Sento.DataPlane.Metrics;
using Sento.Host.Configuration;
using Sento.Host.Runtime;
using Sento.Model;
using Sento.Postgres;
using Sento.Postgres.SignIn.Scram;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Transport;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Flow;

/// <summary>What passing traffic costs the collector: nothing.</summary>
public sealed class SteadyStateTests
{
    private const int RoundsPerWrite = 20;

    /// <summary>
    /// For jobs of the clock, buffers that the shared pool of arrays had given up, and the test's questions.
    /// One object for each round would be two megabytes.
    /// </summary>
    private const long OtherBytesMax = 256 * 1024;

    [Theory]
    [InlineData(1, "client alone")]
    [InlineData(3, "clients that wait for one connection")]
    public async Task A_million_messages_leave_no_garbage(int clientCount, string what)
    {
        using var server = new PipelinedServer();
        using var workers = new CpuWorkers(threadCount: 1);
        using var loop = new EventLoop("loop under test", workers, fault => throw fault);
        var port = FreePort.Take();
        var proxy = Make(loop, server.Port, port);
        Assert.Empty(proxy.Listen());
        loop.Start();
        await Run(loop, () => { proxy.Start(); return 0; });

        var clients = new PipelinedClient[clientCount];
        for (var i = 0; i < clientCount; i++)
            clients[i] = new PipelinedClient(port, "app");
        RunAll(clients, messageCount: 100_000);
        var before = await Run(loop, GC.GetAllocatedBytesForCurrentThread);
        RunAll(clients, messageCount: 1_000_000);
        var after = await Run(loop, GC.GetAllocatedBytesForCurrentThread);

        TestContext.Current.TestOutputHelper!.WriteLine($"{clientCount} {what}: {after - before} bytes");
        Assert.InRange(after - before, 0, OtherBytesMax);
        foreach (var client in clients)
            client.Dispose();
    }

    private static void RunAll(PipelinedClient[] clients, int messageCount)
    {
        var rounds = PipelinedClient.Rounds(RoundsPerWrite);
        var writes = messageCount / clients.Length / PipelinedClient.MessagesPerRound / RoundsPerWrite + 1;
        Parallel.ForEach(clients, new ParallelOptions { MaxDegreeOfParallelism = clients.Length }, client =>
        {
            for (var write = 0; write < writes; write++)
                client.Run(rounds, RoundsPerWrite);
        });
    }

    private static Proxy Make(EventLoop loop, int serverPort, int port)
    {
        var values = new Dictionary<string, string>
        {
            ["ClientPasswordAuthType"] = "TRUST",
            ["MaxConnections"] = "1",
        };
        var line = new CommandLine(
            $"postgresql://app@127.0.0.1:{serverPort}/app", [$"127.0.0.1:{port}"], null,
            values.ToImmutableDictionary());
        var config = CommandLineConfiguration.Read(line).Snapshot!.Proxies[0];
        var report = new ProxyReport(config, Log.Silent, new ProxyMetrics([]));
        return new Proxy(loop, config, report, self => new PostgresProtocol(self)
        {
            Credentials = Sento.Postgres.Credentials.From(config, Verifiers()),
        });
    }

    private static ScramVerifierCache Verifiers() => new(ScramSalts.Random());

    private static async Task<T> Run<T>(EventLoop loop, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => done.SetResult(work()));
        return await done.Task.WaitAsync(Eventually.Deadline);
    }
}
