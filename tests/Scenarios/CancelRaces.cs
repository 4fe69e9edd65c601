using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Cancels at the worst moments: in crowds, while a connection changes hands, after their client has left.
/// </summary>
public sealed class CancelRaces(Ground ground) : Play(ground)
{
    private const string Long = "select pg_sleep(600)";

    [Fact]
    public async Task A_storm_of_cancels_ends_all_that_run_or_wait()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port,
            "MaxConnections: 2, ConnectionBorrowTimeout: 300");
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => ScriptedClient.Open(sento.Door())));
        foreach (var client in clients)
            await client.Send(Query(Long));
        await Eventually.Holds(async () => await Running(Long) == 2);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => clients[i % clients.Length].Cancel()));
        foreach (var client in clients)
        {
            // One that waited may have begun to run after its first cancel had found nothing to do.
            var answer = client.ReceiveUntilReady();
            while (await Task.WhenAny(answer, client.Cancel()) != answer)
                ;
            Assert.Equal("57014", (await answer).Error?.SqlState);
        }
        foreach (var client in clients)
        {
            Assert.Equal("1", (await client.Query("select 1")).Scalar);
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Cancels_of_hasty_clients_never_hit_calm_ones()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port,
            "MaxConnections: 2, ConnectionBorrowTimeout: 300");
        using var isOver = new CancellationTokenSource();
        var hasty = Enumerable.Range(0, 4).Select(_ => Hasten(sento.Door(), isOver.Token)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async number =>
        {
            await using var calm = await ScriptedClient.Open(sento.Door());
            for (var i = 0; i < 100; i++)
            {
                var replies = i % 2 == 0
                    ? await calm.Query($"select count(*) + {number} from generate_series(1, 500)")
                    : await calm.Extended($"select count(*) + {number} from generate_series(1, 500)");
                Assert.Null(replies.Error);
                Assert.Equal($"{500 + number}", replies.Scalar);
            }
        }));
        await isOver.CancelAsync();
        await Task.WhenAll(hasty);
    }

    /// <summary>
    /// A role and a time-out make the hand-over a round trip of its own, which a cancel could meet.
    /// </summary>
    [Fact]
    public Task A_cancel_during_a_hand_over_costs_no_more_than_the_statement() =>
        OnlyThroughSento(async side =>
    {
        var client = await side.Open();
        var others = new[] { await side.Open(), await side.Open(), await side.Open() };
        client.Hears = null;
        foreach (var other in others)
        {
            other.Hears = null;
            await other.Query("set statement_timeout = '1h'; set app.who = 'another'");
        }
        await client.Query("set role helper; set statement_timeout = '2h'; set app.who = 'this one'");
        for (var i = 0; i < 60; i++)
        {
            foreach (var other in others)
                Assert.Equal("another", (await other.Query("select current_setting('app.who')")).Scalar);
            await client.Send(Query("select 1"));
            await client.Cancel();
            var replies = await client.ReceiveUntilReady();
            Assert.True(replies.Error is null or { SqlState: "57014" }, replies.FullText);
            var state = await client.Query("select current_user, current_setting('app.who')");
            Assert.Equal(["helper", "this one"], state.Rows.Single());
        }
    });

    [Fact]
    public Task The_key_of_a_client_that_has_left_does_nothing() => Compare(async side =>
    {
        var gone = await side.Open();
        await gone.Query("select 1");
        await gone.Terminate();
        var client = await side.Open();
        await client.Send(Query("select pg_sleep(0.3), 'unharmed'"));
        for (var i = 0; i < 5; i++)
            await client.Cancel(gone.ProcessId, gone.Secret);
        Assert.Null((await client.ReceiveUntilReady()).Error);
    });

    /// <summary>
    /// What runs is cancelled when its client vanishes. Were it the BEGIN of what stands behind it, that
    /// would run
    /// outside of its transaction and remain.
    /// </summary>
    [Fact]
    public Task A_pipeline_whose_client_vanishes_remains_one_transaction() => OnlyThroughSento(async side =>
    {
        var watcher = await side.Open();
        await watcher.Query("create table t (round int)");
        for (var round = 0; round < 60; round++)
        {
            var client = await ScriptedClient.Open(side.Door);
            await client.Send(
                Query("begin"), Query($"insert into t values ({round})"),
                Extended($"insert into t values ({round})"), Sync(), Query("select 1"));
            client.Vanish();
        }
        await Eventually.Holds(async () => await Running("insert into t%") + await Open() == 0);
        Assert.Equal("0", (await watcher.Query("select count(*) from t")).Scalar);
    });

    private static async Task Hasten(ServerDoor door, CancellationToken isOver)
    {
        await using var client = await ScriptedClient.Open(door);
        while (!isOver.IsCancellationRequested)
        {
            await client.Send(Query("select count(*) from generate_series(1, 300)"));
            await client.Cancel();
            var replies = await client.ReceiveUntilReady();
            Assert.True(replies.Error is null or { SqlState: "57014" }, replies.FullText);
        }
    }

    private Task<long> Open() => Count("state like 'idle in%'");

    private Task<long> Running(string like) => Count($"state = 'active' and query like '{like}'");

    private async Task<long> Count(string which) => (long)(await Ground.Server.Execute(
        $"select count(*) from pg_stat_activity where usename = 'app' and {which}"))!;
}
