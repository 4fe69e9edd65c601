using System.Buffers.Binary;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Many clients listen through one server connection, and none of them can tell.</summary>
public sealed class SharedListening(Ground ground) : Play(ground)
{
    [Fact]
    public async Task Listeners_share_one_connection_and_pin_nothing()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 3");
        var listeners = await OpenListeners(sento, 20, i => $"listen crowd; listen only_{i % 5}");
        await using var notifier = await ScriptedClient.Open(sento.Door());
        await notifier.Query("notify crowd, 'x'; notify only_3, 'y'");
        for (var i = 0; i < listeners.Length; i++)
        {
            Assert.Equal("A(crowd=x)", (await listeners[i].Receive()).Text);
            if (i % 5 == 3)
                Assert.Equal("A(only_3=y)", (await listeners[i].Receive()).Text);
        }
        await AwaitGauges(sento, connections: 1, channels: 6, clients: 20);
        Assert.Equal(0, (await sento.Metrics()).Sum("sento_pins_total"));
        Assert.InRange((await sento.Metrics()).Sum("sento_database_connections"), 1, 3);
        foreach (var listener in listeners)
            await listener.Terminate();
        await AwaitGauges(sento, connections: 0, channels: 0, clients: 0);
    }

    [Fact]
    public async Task A_thousand_listeners_hear_through_few_connections()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 4");
        var listeners = new List<ScriptedClient>();
        for (var batch = 0; batch < 20; batch++)
            listeners.AddRange(await OpenListeners(sento, 50, _ => "listen crowd"));
        await using var notifier = await ScriptedClient.Open(sento.Door());
        for (var round = 0; round < 3; round++)
        {
            await notifier.Query($"notify crowd, '{round}'");
            foreach (var listener in listeners)
                Assert.Equal($"A(crowd={round})", (await listener.Receive()).Text);
        }
        Assert.InRange((await sento.Metrics()).Sum("sento_database_connections"), 1, 4);
        await AwaitGauges(sento, connections: 1, channels: 1, clients: 1000);
        foreach (var listener in listeners)
            listener.Vanish();
        await AwaitGauges(sento, connections: 0, channels: 0, clients: 0);
    }

    [Theory]
    [InlineData("notify news, 'own'")]
    [InlineData("select pg_notify('news', 'own')")]
    [InlineData("begin; notify news, 'own'; commit")]
    [InlineData("insert into noted values (1)")]
    [InlineData("do $$ begin perform pg_notify('news', 'own'); end $$")]
    public Task Own_notifications_bear_the_clients_own_process_and_come_before_ready(string statement) =>
        Compare(async side =>
        {
            var listener = await side.Open();
            var other = await side.Open();
            await listener.Query("create table noted (x int)");
            await listener.Query("""
                create function tell() returns trigger language plpgsql as
                $$ begin perform pg_notify('news', 'own'); return null; end $$
                """);
            await listener.Query("create trigger tells after insert on noted execute function tell()");
            await listener.Query("listen news");
            for (var round = 0; round < 3; round++)
            {
                var replies = await listener.Query(statement);
                Assert.Equal(listener.ProcessId, ProcessOf(Assert.Single(replies, m => m.Code == 'A')));
                await other.Query(statement);
                Assert.NotEqual(listener.ProcessId, ProcessOf(await listener.Receive()));
            }
        });

    [Fact]
    public Task A_notification_names_the_client_that_sent_it() => OnlyThroughSento(async side =>
    {
        var listener = await side.Open();
        var notifier = await side.Open();
        await listener.Query("listen news");
        // Until the catalog was read and its last notifier is certain, the server's own number stands there.
        for (var tries = 0; ; tries++)
        {
            await notifier.Query("notify news");
            if (ProcessOf(await listener.Receive()) == notifier.ProcessId)
                return;
            Assert.True(tries < 100_000, "The notifier's number never came.");
        }
    });

    [Theory]
    [InlineData("begin; savepoint s; listen b; rollback to s; commit")]
    [InlineData("begin; savepoint s; unlisten a; rollback to s; commit")]
    [InlineData("begin; savepoint s; unlisten a; release s; commit")]
    [InlineData("begin; unlisten *; listen b; commit")]
    [InlineData("begin; unlisten *; rollback")]
    [InlineData("begin; unlisten a; listen a; commit")]
    [InlineData("listen b; unlisten a")]
    [InlineData("listen b; select 1/0")]
    [InlineData("unlisten a; select 1/0")]
    [InlineData("begin; listen b; commit; begin; unlisten a; commit and chain; unlisten b; rollback")]
    [InlineData("do $$ begin execute 'unlisten a'; execute 'listen b'; end $$")]
    [InlineData("prepare transaction 'none'")]
    [InlineData("begin; listen b; prepare transaction 'refused'")]
    [InlineData("begin; unlisten a; prepare transaction 'refused'")]
    [InlineData("listen a_name_that_is_longer_than_the_sixty_three_bytes_which_the_server_keeps_of_it")]
    [InlineData("discard all")]
    public Task What_is_heard_afterwards_is_what_was_committed(string statements) => Compare(async side =>
    {
        var listener = await side.Open();
        var notifier = await side.Open();
        await listener.Query("listen a");
        foreach (var statement in statements.StartsWith("do", StringComparison.Ordinal)
            ? [statements] : statements.Split("; ").Length > 2 ? statements.Split("; ") : [statements])
            await listener.Query(statement);
        await listener.Query("rollback");
        await notifier.Query("notify a, '1'; notify b, '2'");
        await listener.Query("select * from pg_listening_channels() order by 1");
        await notifier.Query("notify a, '3'; notify b, '4'");
        await listener.Query("listen z");
        await notifier.Query("notify z");
        while ((await listener.Receive()).Text != "A(z=)")
        {
        }
    });

    [Fact]
    public Task Groups_of_the_extended_protocol_listen_and_unlisten_as_a_whole() => Compare(async side =>
    {
        var listener = await side.Open();
        await listener.Query("listen a; listen b");
        foreach (var middle in new[] { "select 1", "select 1/0" })
        {
            await listener.Ask(Extended("select 1"), Extended("unlisten a"), Extended(middle), Sync());
            await listener.Query("select * from pg_listening_channels() order by 1");
            await listener.Ask(Extended("select 1"), Extended("listen c"), Extended(middle), Sync());
            await listener.Query("select * from pg_listening_channels() order by 1");
            await listener.Query("unlisten c; listen a");
        }
        await listener.Ask(Extended("begin"), Extended("unlisten *"), Extended("rollback"), Sync());
        await listener.Query("select * from pg_listening_channels() order by 1");
        await listener.Send(
            Query("listen d"), Query("unlisten a"), Query("begin"), Query("unlisten b"), Query("rollback"));
        await listener.ReceiveReady(5);
        await listener.Query("select * from pg_listening_channels() order by 1");
    });

    [Fact]
    public Task Code_of_the_database_may_listen_and_unlisten() => Compare(async side =>
    {
        var listener = await side.Open();
        var other = await side.Open();
        await listener.Query("""
            create function hears(c text) returns void language plpgsql as
            $$ begin execute format('listen %I', c); end $$
            """);
        await listener.Query("""
            create function leaves(c text) returns void language plpgsql as
            $$ begin execute format('unlisten %I', c); end $$
            """);
        await listener.Query("select hears('Hidden')");
        await other.Query("select hears('other')");
        await other.Query("notify \"Hidden\", '1'");
        Assert.Equal("A(Hidden=1)", (await listener.Receive()).Text);
        await listener.Query("select hears('second'), leaves('Hidden')");
        await listener.Query("select * from pg_listening_channels()");
        await other.Query("notify \"Hidden\", '2'; notify second, '3'");
        Assert.Equal("A(second=3)", (await listener.Receive()).Text);
        await other.Query("select * from pg_listening_channels()");
    });

    [Fact]
    public Task What_comes_before_a_hidden_listen_is_known_is_not_lost() => Compare(async side =>
    {
        var listener = await side.Open();
        await listener.Query("""
            create function hears_early(c text) returns void language plpgsql as
            $$ begin execute format('listen %I', c); end $$
            """);
        await listener.Send(Query("select hears_early('early')"), Query("notify early, '1'"));
        var replies = await listener.Receive(7);
        Assert.Single(replies, reply => reply.Text == "A(early=1)");
    }, comparesTranscripts: false);

    [Fact]
    public async Task No_connection_is_handed_on_while_it_listens()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 4");
        var listeners = await OpenListeners(sento, 12, i => $"begin; listen mine_{i}; commit");
        var others = await OpenListeners(sento, 3, _ => "begin");
        foreach (var other in others)
            Assert.Equal("0", (await other.Query("select count(*) from pg_listening_channels()")).Scalar);
        foreach (var other in others)
            await other.Query("commit");
        for (var i = 0; i < listeners.Length; i++)
        {
            var own = await listeners[i].Query("select * from pg_listening_channels()");
            Assert.Equal($"mine_{i}", own.Scalar);
        }
    }

    [Fact]
    public async Task A_lost_listening_connection_ends_its_clients_as_a_restart_would()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port);
        var listeners = await OpenListeners(sento, 3, _ => "listen news");
        await using var bystander = await ScriptedClient.Open(sento.Door());
        await listeners[2].Query("create table kept (x int); begin");
        await listeners[2].Query("insert into kept values (1)");
        await Ground.Server.Execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where application_name = 'sento: notifications'");
        foreach (var listener in listeners[..2])
        {
            var last = await listener.ReceiveToEnd();
            Assert.Equal("57P01", last.Error?.SqlState);
            Assert.Contains("LISTEN again", last.Error!.FullText, StringComparison.Ordinal);
        }
        // What is begun may be finished; only then is there bad news.
        Assert.Equal("1", (await listeners[2].Query("select count(*) from kept")).Scalar);
        Assert.StartsWith("C(COMMIT)", (await listeners[2].Query("commit")).Text, StringComparison.Ordinal);
        Assert.Equal("57P01", (await listeners[2].ReceiveToEnd()).Error?.SqlState);
        Assert.Equal("1", (await bystander.Query("select count(*) from kept")).Scalar);
        await AwaitGauges(sento, connections: 0, channels: 0, clients: 0);

        await using var again = await ScriptedClient.Open(sento.Door());
        await again.Query("listen news");
        await bystander.Query("notify news, 'back'");
        Assert.Equal("A(news=back)", (await again.Receive()).Text);
    }

    [Fact]
    public async Task A_listener_that_takes_nothing_is_ended_by_a_bound_that_is_named()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port);
        await using var slow = await ScriptedClient.Open(sento.Door());
        await using var quick = await ScriptedClient.Open(sento.Door());
        await using var notifier = await ScriptedClient.Open(sento.Door());
        await slow.Query("listen news");
        await quick.Query("listen news");
        await slow.Query("begin");
        for (var i = 0; i < 6; i++)
        {
            await notifier.Query(
                "select count(pg_notify('news', g || repeat('x', 7000))) from generate_series(1, 100) as g");
            for (var n = 0; n < 100; n++)
                Assert.Equal('A', (await quick.Receive()).Code);
        }
        var last = await slow.ReceiveToEnd();
        Assert.Equal("53400", last.Error?.SqlState);
        Assert.Contains("NotificationBytesMax", last.Error!.FullText, StringComparison.Ordinal);
        Assert.Equal("1", (await quick.Query("select 1")).Scalar);
    }

    [Theory]
    [InlineData("MaxConnections: 1", "")]
    [InlineData("MaxConnections: 4", ", PoolMode: session")]
    [InlineData("MaxConnections: 4, MaxConnectionsPerUser: 1", "")]
    public async Task A_listener_keeps_its_connection_where_none_is_shared(string pool, string endpoint)
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, pool, endpoint: endpoint);
        await using var listener = await ScriptedClient.Open(sento.Door());
        await using var outside = await ScriptedClient.Open(Ground.Direct);
        await listener.Query("listen news");
        await outside.Query("notify news, 'x'");
        Assert.Equal("A(news=x)", (await listener.Receive()).Text);
        var own = Assert.Single(await listener.Query("notify news"), m => m.Code == 'A');
        Assert.Equal(listener.ProcessId, ProcessOf(own));
        Assert.Equal(1, (await sento.Metrics()).Sum("sento_sessions_pinned", "Listening"));
        await listener.Query("unlisten news");
        await outside.Query("notify news, 'y'");
        Assert.Equal("TDCZ", (await listener.Query("select 1")).Codes);
        await Eventually.Holds(
            async () => (await sento.Metrics()).Sum("sento_sessions_pinned", "Listening") == 0);
    }

    [Fact]
    public async Task A_session_pinned_for_another_reason_listens_too()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port);
        await using var pinned = await ScriptedClient.Open(sento.Door());
        await using var free = await ScriptedClient.Open(sento.Door());
        await pinned.Query("create temp table held (x int)");
        await pinned.Query("listen news");
        await free.Query("notify news, '1'");
        Assert.Equal("A(news=1)", (await pinned.Receive()).Text);
        await free.Query("listen news");
        await pinned.Query("select 1");
        await free.Query("notify news, '2'");
        Assert.Equal("A(news=2)", (await pinned.Receive()).Text);
        await pinned.Query("drop table held");
        await AwaitGauges(sento, connections: 1, channels: 1, clients: 2);
        await pinned.Query("notify news, '3'");
        await free.Query("notify news, '4'");
        await free.Query("unlisten *");
        Assert.Equal("A(news=4)", (await pinned.Receive()).Text);
        Assert.Equal("TDCZ", (await pinned.Query("select 1")).Codes);
    }

    [Fact]
    public async Task Each_listener_hears_in_its_own_encoding()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port);
        await using var utf8 = await ScriptedClient.Open(sento.Door());
        await using var latin = await ScriptedClient.Open(sento.Door().With(("client_encoding", "LATIN1")));
        await utf8.Query("listen news");
        await latin.Query("listen news");
        await utf8.Query("select pg_notify('other', 'x'); select pg_notify('news', chr(228))");
        await using var outside = await ScriptedClient.Open(Ground.Direct);
        await outside.Query("select pg_notify('news', chr(246))");
        byte[][] heard = [(await latin.Receive()).Body.ToArray(), (await latin.Receive()).Body.ToArray()];
        Assert.Equal([0xe4, 0], heard[0][^2..]);
        Assert.Equal([0xf6, 0], heard[1][^2..]);
        Assert.Equal([0xc3, 0xb6, 0], (await utf8.Receive()).Body.ToArray()[^3..]);
    }

    private static int ProcessOf(ServerMessage notification) =>
        BinaryPrimitives.ReadInt32BigEndian(notification.Body.Span);

    private static async Task<ScriptedClient[]> OpenListeners(
        SentoProcess sento, int count, Func<int, string> statement)
    {
        var opening = Enumerable.Range(0, count).Select(_ => ScriptedClient.Open(sento.Door()));
        var clients = await Task.WhenAll(opening);
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var replies = await client.Query(statement(i));
            Assert.True(replies.Error is null, replies.FullText);
        }));
        return clients;
    }

    private static Task AwaitGauges(SentoProcess sento, int connections, int channels, int clients) =>
        Eventually.Holds(async () =>
        {
            var page = await sento.Metrics();
            return page.Sum("sento_listening_connections") == connections
                && page.Sum("sento_listened_channels") == channels
                && page.Sum("sento_listening_clients") == clients;
        });
}
