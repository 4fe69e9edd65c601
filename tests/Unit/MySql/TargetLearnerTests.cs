using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Sento.DataPlane;
using Sento.DataPlane.Metrics;
using Sento.Host.Configuration;
using Sento.Host.Runtime;
using Sento.MySql;
using Sento.MySql.SignIn;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Transport;
using Xunit;

namespace Sento.Tests.Unit.MySql;

/// <summary>Clients that come while nobody knows yet how the target greets.</summary>
public sealed class TargetLearnerTests
{
    private const int ClientCount = 200;

    [Fact]
    public async Task Clients_that_have_left_are_let_go_of_while_the_target_is_silent()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var workers = new CpuWorkers(threadCount: 1);
        using var loop = new EventLoop("loop under test", workers, fault => throw fault);
        var port = FreePort.Take();
        var proxy = Make(loop, ((IPEndPoint)silent.LocalEndpoint).Port, port);
        Assert.Empty(proxy.Listen());
        loop.Start();
        await Run(loop, () => { proxy.Start(); return 0; });

        var left = new List<WeakReference>();
        for (var i = 0; i < ClientCount; i++)
            left.Add(await ComeAndLeave(proxy, port));
        GC.Collect();

        Assert.InRange(left.Count(session => session.IsAlive), 0, ClientCount / 10);
    }

    private static async Task<WeakReference> ComeAndLeave(Proxy proxy, int port)
    {
        WeakReference? session = null;
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            await Eventually.Holds(async () => (session = await Run(proxy.Loop, () =>
                proxy.Sessions.Count == 0 ? null : new WeakReference(proxy.Sessions.First()))) is not null);
        }
        await Eventually.Holds(() => Run(proxy.Loop, () => proxy.Sessions.Count == 0));
        return session!;
    }

    private static Proxy Make(EventLoop loop, int serverPort, int port)
    {
        var line = new CommandLine(
            $"mysql://app:secret@127.0.0.1:{serverPort}/app", [$"127.0.0.1:{port}"], null,
            ImmutableDictionary<string, string>.Empty);
        var config = CommandLineConfiguration.Read(line).Snapshot!.Proxies[0];
        var report = new ProxyReport(config, Log.Silent, new ProxyMetrics([]));
        return new Proxy(loop, config, report, self => new MySqlProtocol(self)
        {
            Credentials = Sento.MySql.Credentials.From(config, new RsaKeyPair()),
        });
    }

    private static async Task<T> Run<T>(EventLoop loop, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => done.SetResult(work()));
        return await done.Task.WaitAsync(Eventually.Deadline);
    }
}
