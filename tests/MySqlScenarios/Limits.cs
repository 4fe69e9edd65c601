using System.Diagnostics;
using System.Net.Sockets;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Everything has a bound, before a sign-in and behind it; who meets one is told its name.</summary>
public sealed class Limits(Grounds grounds) : Play(grounds)
{
    /// <summary>Begins a query: n has 900 rows.</summary>
    internal const string Numbers =
        "with recursive n as (select 1 as i union all select i + 1 from n where i < 900)";

    [Theory, OnBoth]
    public async Task Those_who_wait_are_served_in_the_order_in_which_they_came(MySqlKind on)
    {
        await using var sento = await Start(on, "MaxConnections: 1, ConnectionBorrowTimeout: 60");
        await using var holder = await Open(sento);
        await holder.Query("create table t (id int auto_increment primary key, a int)");
        await holder.Query("begin");
        var waiting = new List<ScriptedMySqlClient>();
        for (var i = 0; i < 8; i++)
        {
            waiting.Add(await Open(sento));
            await waiting[i].SendQuery($"insert into t (a) values ({i})");
            await Eventually.Holds(async () => await Waiting(sento) == i + 1);
        }
        // One goes: nobody is left out by it.
        waiting[3].Vanish();
        await Eventually.Holds(async () => await Waiting(sento) == 7);
        await holder.Query("commit");
        foreach (var client in waiting.Where((_, i) => i != 3))
            Assert.StartsWith("OK(1 id ", (await client.Receive()).Text, StringComparison.Ordinal);
        Assert.Equal("0,1,2,4,5,6,7",
            (await holder.Query("select group_concat(a order by id) from t")).Scalar);
    }

    [Theory, OnBoth]
    public async Task A_transaction_that_a_change_of_user_has_ended_is_not_idle(MySqlKind on)
    {
        await using var sento = await OwnProxy.Start(
            Grounds.Of(on).Server.Port, proxy: "RequireTLS: false\n    IdleInTransactionTimeout: 1s");
        await using var client = await Open(sento);
        await client.Query("begin");
        await client.Query("select 1");
        await client.ChangeUser(client.Door);
        // Who goes on with one is ended.
        await using var other = await Open(sento);
        await other.Query("begin");
        await other.Query("select 1");
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 1);
        Assert.Equal("ERR(4031)", (await other.Query("select 2")).Text);
        Assert.Equal("(2)", (await client.Query("select 2")).Text);
    }

    [Theory, OnBoth]
    public async Task Who_waits_too_long_hears_which_setting_and_goes_on(MySqlKind on)
    {
        await using var sento = await Start(on, "MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await using var holder = await Open(sento);
        await using var client = await Open(sento);
        await holder.Query("begin");
        var late = (await client.Query("select 1")).Error!;
        Assert.Equal(1205, late.Code);
        Assert.Contains("ConnectionBorrowTimeout", late.Message, StringComparison.Ordinal);
        await holder.Query("commit");
        Assert.Equal("(1)", (await client.Query("select 1")).Text);
    }

    [Theory, OnBoth]
    public async Task A_client_that_does_not_read_holds_its_server_back_and_not_our_memory(MySqlKind on)
    {
        await using var sento = await Start(on, "MaxConnections: 4");
        await using var other = await Open(sento);
        await other.Query("select 1");
        var before = sento.ResidentBytes;
        var slow = new List<ScriptedMySqlClient>();
        for (var i = 0; i < 3; i++)
        {
            slow.Add(await Open(sento));
            await slow[i].SendQuery($"{Numbers} select repeat('x', 1000) from n a, n b limit 200000");
        }
        foreach (var client in slow)
            await client.ReadPacket();
        for (var i = 0; i < 50; i++)
            Assert.Equal("(1)", (await other.Query("select 1")).Text);
        // 600 MB are on their way.
        Assert.InRange(sento.ResidentBytes - before, long.MinValue, 60 << 20);
        foreach (var client in slow)
            client.Vanish();
    }

    [Theory, OnBoth]
    public async Task Silence_in_a_transaction_counts_from_the_last_answer(MySqlKind on)
    {
        await using var sento = await Start(
            on, "MaxConnections: 1", "RequireTLS: false\n    IdleInTransactionTimeout: 2");
        await using var client = await Open(sento);
        await client.Query("begin");
        Assert.Equal("(0)", (await client.Query("select sleep(3)")).Text);
        var watch = Stopwatch.StartNew();
        await client.ReceiveToEnd();
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, 30);
    }

    [Theory, OnBoth]
    public async Task The_texts_that_a_client_holds_prepared_have_a_sum(MySqlKind on)
    {
        await using var sento = await Start(on, "MaxConnections: 1");
        await using var client = await Open(sento);
        var padding = new string('x', 1_000_000);
        var prepared = new List<ScriptedStatement>();
        while (prepared.Count < 100
            && await client.Prepare($"select {prepared.Count} /* {padding} */") is { Reply.Error: null } next)
            prepared.Add(next);
        Assert.InRange(prepared.Count, 60, 67);
        var refused = (await client.Prepare($"select 'more' /* {padding} */")).Reply.Error!;
        Assert.Equal(1461, refused.Code);
        Assert.Contains("67108864 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal("(0)", (await prepared[0].Execute()).Text);
        await prepared[1].Close();
        Assert.Equal("(more)",
            (await (await client.Prepare($"select 'more' /* {padding} */")).Execute()).Text);
    }

    [Theory, OnBoth]
    public async Task What_comes_before_a_sign_in_is_bounded_and_hurts_nobody(MySqlKind on)
    {
        await using var sento = await Start(on, "MaxConnections: 2", SignInWithin(2));
        await using var honest = await Open(sento);
        var random = new byte[4096];
        Random.Shared.NextBytes(random);
        byte[][] openings =
        [
            random, [0xff, 0xff, 0xff, 1, .. random], [0, 0, 0, 1], [4, 0, 0, 7, 1, 2, 3, 4],
            [.. "GET / HTTP/1.1\r\n\r\n"u8],
            // An SSLRequest where there is no TLS, then a hello.
            [32, 0, 0, 1, 0x85, 0xae, 0xff, 0x19, .. new byte[28], 0x16, 3, 1, 0, 5],
        ];
        foreach (var opening in openings)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(sento.Host, sento.Port);
            await socket.GetStream().WriteAsync(opening);
            await EndOf(socket);
            Assert.Equal("(1)", (await honest.Query("select 1")).Text);
        }
    }

    [Theory, OnBoth]
    public async Task Thousands_that_say_nothing_are_sent_away_and_nobody_waits_for_them(MySqlKind on)
    {
        await using var sento = await Start(on, "MaxConnections: 2", SignInWithin(3));
        await using var honest = await Open(sento);
        var silent = new List<TcpClient>();
        for (var i = 0; i < 2000; i++)
        {
            silent.Add(new TcpClient());
            await silent[i].ConnectAsync(sento.Host, sento.Port);
        }
        for (var i = 0; i < 20; i++)
            Assert.Equal("(1)", (await honest.Query("select 1")).Text);
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 1);
        foreach (var socket in silent)
            socket.Dispose();
    }

    private static string SignInWithin(int seconds) => $"RequireTLS: false\n    SignInTimeout: {seconds}";

    private static Task<ScriptedMySqlClient> Open(SentoProcess sento) =>
        ScriptedMySqlClient.Open(Ground.DoorTo(sento));

    private static async Task<double> Waiting(SentoProcess sento) =>
        (await sento.Metrics()).Sum("sento_clients_waiting");

    /// <summary>Reads up to the end that the other side makes.</summary>
    private static async Task EndOf(TcpClient socket)
    {
        var bytes = new byte[4096];
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            while (await socket.GetStream().ReadAsync(bytes, deadline.Token) > 0)
                ;
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }
    }

    private async Task<SentoProcess> Start(MySqlKind on, string pool, string proxy = "RequireTLS: false")
    {
        await Grounds.Of(on).Clean();
        return await OwnProxy.Start(Grounds.Of(on).Server.Port, pool, proxy);
    }
}
