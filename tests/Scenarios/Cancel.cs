using System.Diagnostics;
using Sento.Tests.Support;
using Sento.Tests.Support.Relays;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>A cancel request reaches the statement it was meant for, and nothing else.</summary>
public sealed class Cancel(Ground ground) : Play(ground)
{
    private const string Long = "select pg_sleep(60)";

    [Fact]
    public Task A_running_query_is_cancelled() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(Query(Long));
        await Runs(Long);
        await client.Cancel();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Fact]
    public Task In_a_transaction_the_transaction_fails() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Send(Extended(Long), Sync());
        await Runs(Long);
        await client.Cancel();
        Assert.Equal('E', (await client.ReceiveUntilReady())[^1].Status);
        Assert.Equal("C(ROLLBACK) Z(I)", (await client.Query("commit")).Text);
    });

    [Fact]
    public Task Only_the_client_meant_is_cancelled() => Compare(async side =>
    {
        var meant = await side.Open();
        var other = await side.Open();
        await other.Query("begin");
        await meant.Send(Query(Long));
        await other.Send(Query("select pg_sleep(1), 'unharmed'"));
        await Runs(Long);
        await meant.Cancel();
        Assert.Equal("57014", (await meant.ReceiveUntilReady()).Error?.SqlState);
        Assert.Null((await other.ReceiveUntilReady()).Error);
        await other.Query("commit");
    });

    [Fact]
    public Task An_idle_clients_cancel_does_nothing() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("select 1");
        for (var i = 0; i < 20; i++)
        {
            await other.Send(Query($"select {i}, pg_sleep(0.005)"));
            await client.Cancel();
            Assert.Null((await other.ReceiveUntilReady()).Error);
            Assert.Null((await client.Query("select 1")).Error);
        }
    });

    [Fact]
    public Task A_wrong_key_does_nothing() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(Query("select pg_sleep(0.5)"));
        await client.Cancel(client.ProcessId, new byte[] { 1, 2, 3, 4 });
        await client.Cancel(client.ProcessId + 1, client.Secret);
        await client.Cancel(0, new byte[4]);
        Assert.Null((await client.ReceiveUntilReady()).Error);
    });

    [Fact]
    public Task A_cancel_that_comes_late_never_hits_the_next_client() => Compare(async side =>
    {
        var hasty = await side.Open();
        var other = await side.Open();
        hasty.Hears = other.Hears = null;
        for (var i = 0; i < 150; i++)
        {
            await hasty.Send(Query("select 1"));
            var cancelling = hasty.Cancel();
            // The hasty one may be cancelled or not; the other one never.
            await hasty.ReceiveUntilReady();
            var replies = await other.Query("select count(*) from generate_series(1, 2000)");
            Assert.Equal("2000", replies.Scalar);
            await cancelling;
            Assert.Null((await other.Query("select 2")).Error);
        }
    });

    [Fact]
    public async Task A_flood_of_cancels_takes_one_connection_to_the_server_at_a_time()
    {
        Ground.NeedsProxy();
        await using var relay = new PassingRelay(Ground.Server.Port);
        await using var sento = await OwnProxy.Start(relay.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await using var other = await ScriptedClient.Open(sento.Door());
        await other.Query("select 1");
        await client.Send(Query(Long));
        await Runs(Long);
        var before = relay.Accepted;
        relay.HoldNext();
        var cancelling = Enumerable.Range(0, 100).Select(_ => client.Cancel()).ToArray();
        // While the first one is held up the others come; the other client shows that time passes.
        await Eventually.Holds(() => Task.FromResult(relay.Accepted == before + 1));
        for (var i = 0; i < 50; i++)
            await other.Query("select pg_sleep(0.005)");
        relay.ReleaseHeld();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
        await Task.WhenAll(cancelling);
        Assert.InRange(relay.Accepted - before, 1, 10);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }

    [Fact]
    public Task A_pipeline_is_cancelled_where_it_stands() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(Extended("select 1"), Sync(), Extended(Long), Sync(), Extended("select 3"), Sync());
        await client.ReceiveUntilReady();
        await Runs(Long);
        await client.Cancel();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
        Assert.Equal("3", (await client.ReceiveUntilReady()).Scalar);
    });

    [Fact]
    public Task A_copy_is_cancelled() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Send(Query("copy t from stdin"), CopyData("1\n"));
        await client.ReceiveUntil('G');
        await client.Cancel();
        // The server heeds it when it next hears of the client.
        await client.Send(CopyData("2\n"), CopyDone());
        Assert.Equal("E(57014) Z(I)", (await client.ReceiveUntilReady()).Text);
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
    }, comparesTranscripts: false); // The context of the error says how many lines had been read by then.

    [Theory]
    [InlineData(Version30, 4)]
    [InlineData(Version32, 32)]
    public Task Keys_of_both_lengths_cancel(int version, int length) => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { ProtocolVersion = version });
        await side.SignIn(client);
        Assert.Equal(length, client.Secret.Length);
        await client.Send(Query(Long));
        await Runs(Long);
        await client.Cancel(client.ProcessId, client.Secret[..^1]);
        await client.Cancel();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
    });

    [Fact]
    public Task A_client_that_vanishes_in_a_long_query_frees_its_place() => OnlyThroughSento(async side =>
    {
        var client = await side.Open();
        await client.Send(Query(Long));
        await Runs(Long);
        client.Vanish();
        var watch = Stopwatch.StartNew();
        await Eventually.Holds(async () => !await IsRunning(Long));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"Cancelled only after {watch.Elapsed}.");
    });

    private Task Runs(string statement) => Eventually.Holds(() => IsRunning(statement));

    private async Task<bool> IsRunning(string statement) => (long)(await Ground.Server.Execute(
        $"select count(*) from pg_stat_activity where state = 'active' and query = '{statement}'"))! > 0;
}
