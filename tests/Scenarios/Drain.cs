using System.Diagnostics;
using System.Net.Sockets;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>SIGTERM: what is begun may finish within its time; then each client is told the truth.</summary>
public sealed class Drain(Ground ground)
{
    [Fact]
    public async Task A_transaction_that_does_not_end_is_ended_at_the_deadline_and_told()
    {
        await ground.Clean();
        await using var sento = await OwnProxy.Start(ground.Server.Port, proxy: "DrainTimeout: 2s");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("create table t (a int)");
        await client.Query("begin; insert into t values (1)");
        var watch = Stopwatch.StartNew();
        sento.Drain();
        Assert.Equal("E(57P01)", (await client.ReceiveToEnd()).Text);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, 20);
        Assert.Equal(0, await sento.WaitForEnd());
        Assert.Contains("1 clients were ended inside a transaction", sento.Log, StringComparison.Ordinal);
        await Eventually.Holds(async () => await ground.Server.Execute("select count(*) from t") is 0L);
    }

    [Fact]
    public async Task A_statement_that_runs_is_answered_before_the_goodbye()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, proxy: "DrainTimeout: 30s");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Send(Query("select 'done', pg_sleep(1)"));
        await Eventually.Holds(async () => await ground.Server.Execute(
            "select count(*) from pg_stat_activity"
            + " where state = 'active' and query like 'select ''done''%'") is 1L);
        sento.Drain();
        var replies = await client.ReceiveToEnd();
        Assert.Equal("done", replies.Scalar);
        Assert.Equal("57P01", replies.Error?.SqlState);
        Assert.Equal(0, await sento.WaitForEnd());
    }

    [Fact]
    public async Task Those_who_wait_are_still_served_and_new_ones_are_refused()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1",
            "DrainTimeout: 30s");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await using var waiter = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin; select 1");
        await waiter.Send(Query("select 'served'"));
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 1);
        sento.Drain();
        await sento.WaitForLog("Draining");
        await Eventually.Holds(async () => !await Accepts(sento));
        Assert.Equal(503, (await sento.Admin("/health")).Status);
        Assert.Equal("C(COMMIT) Z(I)", (await holder.Query("commit")).Text);
        var replies = await waiter.ReceiveToEnd();
        Assert.Equal("served", replies.Scalar);
        Assert.Equal("57P01", replies.Error?.SqlState);
        Assert.Equal(0, await sento.WaitForEnd());
    }

    [Fact]
    public async Task A_second_signal_does_not_wait()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, proxy: "DrainTimeout: 5m");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("begin; select 1");
        sento.Drain();
        await sento.WaitForLog("Draining");
        sento.Signal(Signals.Terminate);
        Assert.Equal("E(57P01)", (await client.ReceiveToEnd()).Text);
        Assert.Equal(0, await sento.WaitForEnd());
    }

    [Fact]
    public async Task A_row_that_is_half_sent_is_not_mixed_with_the_goodbye()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, proxy: "DrainTimeout: 1s");
        await using var reader = await ScriptedClient.Open(sento.Door());
        await reader.Send(Query("select repeat('r', 100000000)"));
        await reader.ReceiveUntil('T');
        sento.Drain();
        // The reader rests until the deadline is over; then what comes is the row's bytes or the end, never
        // an error in it.
        await sento.WaitForEnd();
        await Assert.ThrowsAnyAsync<EndOfStreamException>(
            async () => Assert.Equal('D', (await reader.TryReceive())?.Code));
    }

    private static async Task<bool> Accepts(SentoProcess sento)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(sento.Host, sento.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
