using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// A statement is prepared once more where its client is now, and that takes long or ends the connection: the
/// client waits for an answer like any other.
/// </summary>
public sealed class OwnPreparations(Grounds grounds) : Play(grounds)
{
    private const string Ordered = "select a from t order by a";

    [Theory, OnBoth]
    public async Task A_client_that_sends_on_meanwhile_is_held_back_and_not_kept_in_memory(MySqlKind on)
    {
        await using var sento = await Start(on);
        await using var stage = await Stage.Set(Grounds.Of(on), sento, Ordered);
        await using var other = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await other.Query("select 1");
        await stage.Block();
        await stage.Execute();
        var before = sento.ResidentBytes;
        var sent = 0;
        var writing = SendMuch(stage.Client, () => Interlocked.Increment(ref sent));
        await Eventually.Holds(async () =>
        {
            var count = Volatile.Read(ref sent);
            for (var i = 0; i < 50; i++)
                Assert.Equal("(1)", (await other.Query("select 1")).Text);
            return count > 0 && count == Volatile.Read(ref sent);
        });
        Assert.InRange(sento.ResidentBytes - before, long.MinValue, 60 << 20);
        Assert.False(writing.IsCompleted);
        await stage.Unblock();
        Assert.Equal("(1) (2) (3)", (await stage.Client.Receive(MySqlShape.Binary)).Text);
        await writing;
        await stage.Client.ReceiveToEnd();
    }

    [Theory, OnBoth]
    public async Task Who_waits_for_it_is_not_idle_in_a_transaction(MySqlKind on)
    {
        await using var sento = await Start(on);
        await using var stage = await Stage.Set(Grounds.Of(on), sento, Ordered);
        await stage.Block();
        await Bound(sento, on, "IdleInTransactionTimeout: 1");
        await stage.Client.Query("begin");
        await stage.Execute();
        await using var idle = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await idle.Query("begin");
        await idle.ReceiveToEnd();
        await stage.Unblock();
        Assert.Equal("(1) (2) (3)", (await stage.Client.Receive(MySqlShape.Binary)).Text);
        Assert.Equal("OK(0)", (await stage.Client.Query("commit")).Text);
    }

    [Theory, OnBoth]
    public async Task A_transaction_that_ends_by_time_meanwhile_leaves_nothing_to_the_next(MySqlKind on)
    {
        await using var sento = await Start(on, pool: "MaxConnections: 2");
        await using var stage = await Stage.Set(Grounds.Of(on), sento, Ordered);
        await stage.Block();
        await Bound(sento, on, "TransactionTimeout: 3", "MaxConnections: 2");
        await stage.Client.Query("begin");
        await stage.Client.Query("insert into other.kept values (1)");
        await stage.Client.Query("set @mine = 1, session sort_buffer_size = 98304");
        await stage.Execute();
        Assert.Equal(4031, (await stage.Client.Receive(MySqlShape.Binary)).Error!.Code);
        await stage.Unblock();
        // Another holds the other connection of the two.
        await using var next = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        Assert.Equal("(~|0|1)", (await next.Query("select @mine, (select count(*) from other.kept),"
            + " @@session.sort_buffer_size = @@global.sort_buffer_size")).Text);
    }

    [Theory, OnBoth]
    public async Task A_drain_lets_who_waits_for_it_have_its_answer(MySqlKind on)
    {
        await using var sento = await Start(on, "DrainTimeout: 60s");
        await using var stage = await Stage.Set(Grounds.Of(on), sento, Ordered);
        await using var idle = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await idle.Query("select 1");
        await stage.Block();
        await stage.Execute();
        sento.Drain();
        await idle.ReceiveToEnd();
        await stage.Unblock();
        Assert.Equal("(1) (2) (3)", (await stage.Client.Receive(MySqlShape.Binary)).Text);
        await stage.Client.ReceiveToEnd();
    }

    [Theory, OnBoth]
    public async Task A_drain_lets_a_cursor_be_read_to_its_end(MySqlKind on)
    {
        await using var sento = await Start(on, "DrainTimeout: 60s");
        await using var stage = await Stage.Set(Grounds.Of(on), sento, Ordered);
        await using var idle = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await idle.Query("select 1");
        await stage.Statement.Open();
        Assert.Equal("(1)", (await stage.Statement.Fetch(1)).Text);
        sento.Drain();
        await idle.ReceiveToEnd();
        Assert.Equal("(2)", (await stage.Statement.Fetch(1)).Text);
        Assert.Equal("(3)", (await stage.Statement.Fetch(5)).Text);
        await stage.Client.ReceiveToEnd();
    }

    [Theory, OnBoth]
    public async Task A_text_that_ends_each_connection_where_it_is_prepared_is_refused(MySqlKind on)
    {
        await Grounds.Of(on).Clean();
        await using var server = new TrickServer(Grounds.Of(on).Server.Port, new Dictionary<string, byte[]>())
        {
            Deadly = "select 'deadly'",
        };
        await using var sento = await OwnProxy.Start(
            server.Port, "MaxConnections: 3, ConnectionBorrowTimeout: 20", target: ", Tls: disable");
        await using var stage = await Stage.Set(Grounds.Of(on), sento, "select 'deadly'");
        var error = (await stage.Statement.Execute()).Error!;
        Assert.Equal(1105, error.Code);
        Assert.Contains("It has not run.", error.Message, StringComparison.Ordinal);
        Assert.Equal(1 + 5, server.DeadlyCount);
        Assert.Equal("(1)", (await stage.Client.Query("select 1")).Text);
        // Asked again it is tried again, as often.
        Assert.Equal(1105, (await stage.Statement.Execute()).Error!.Code);
        Assert.Equal(1 + 5 + 5, server.DeadlyCount);
    }

    /// <summary>300 MB of whole statements and a goodbye.</summary>
    private static async Task SendMuch(ScriptedMySqlClient client, Action onSent)
    {
        const int pieceBytes = 32 * 1024;
        byte[] attributes = (client.Flags & MySqlFlags.QueryAttributes) != 0 ? [0, 1] : [];
        var query = MySqlBytes.Packets(
            [3, .. attributes, .. "select 2 /* "u8, .. Enumerable.Repeat((byte)'x', 1_000_000), .. " */"u8],
            0);
        for (var i = 0; i < 300; i++)
        {
            for (var at = 0; at < query.Length; at += pieceBytes)
            {
                await client.SendRaw(query.AsMemory(at, Math.Min(pieceBytes, query.Length - at)));
                onSent();
            }
        }
        await client.SendRaw((byte[])[1, 0, 0, 0, 1]);
    }

    /// <summary>From now on time counts.</summary>
    private async Task Bound(
        SentoProcess sento, MySqlKind on, string proxy, string pool = "MaxConnections: 3")
    {
        await sento.Reload(Text(on, proxy, pool));
        await sento.WaitForLog("Revision 2 is in force");
    }

    private string Text(MySqlKind on, string proxy, string pool) => OwnProxy.Text(
        Grounds.Of(on).Server.Port, $"{pool}, ConnectionBorrowTimeout: 60",
        $"RequireTLS: false\n    {proxy}");

    private async Task<SentoProcess> Start(
        MySqlKind on, string proxy = "", string pool = "MaxConnections: 3")
    {
        await Grounds.Of(on).Clean();
        var server = Grounds.Of(on).Server;
        await server.Execute("create table t (a int primary key)");
        await server.Execute("insert into t values (1), (2), (3)");
        await server.Execute("create table other.kept (a int)");
        return await SentoProcess.Start(new SentoOptions { Configuration = Text(on, proxy, pool) });
    }

    /// <summary>
    /// A client that has prepared a statement on a server connection which another holds now, so that it is
    /// to be prepared once more; and, when blocked, a table whose metadata nobody gets.
    /// </summary>
    private sealed class Stage(MySqlServer server, ScriptedMySqlClient client, ScriptedStatement statement,
        List<ScriptedMySqlClient> others) : IAsyncDisposable
    {
        private const string Blocked = "select count(*) from information_schema.processlist"
            + " where state like 'Waiting for table metadata lock%'";

        public ScriptedMySqlClient Client => client;

        public ScriptedStatement Statement => statement;

        public static async Task<Stage> Set(Ground ground, SentoProcess sento, string text)
        {
            var first = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
            var second = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
            var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
            await first.Query("begin");
            var statement = await client.Prepare(text);
            // The client's is the one that is idle.
            await second.Query("begin");
            await first.Query("commit");
            return new Stage(ground.Server, client, statement,
            [
                first, second, await ScriptedMySqlClient.Open(ground.Direct),
                await ScriptedMySqlClient.Open(ground.Direct),
            ]);
        }

        public async Task Block()
        {
            await others[2].Query("begin");
            await others[2].Query("select * from t");
            await others[3].SendQuery("alter table t add b int");
            await Eventually.Holds(async () => await Count() == 1);
        }

        /// <summary>Returns when our own Prepare waits.</summary>
        public async Task Execute()
        {
            await client.SendCommand(statement.ExecutePayload([]));
            await Eventually.Holds(async () => await Count() == 2);
        }

        public async Task Unblock()
        {
            await others[2].Query("commit");
            Assert.Null((await others[3].Receive()).Error);
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            foreach (var other in others)
                await other.DisposeAsync();
        }

        private async Task<long> Count() =>
            Convert.ToInt64(await server.Execute(Blocked), CultureInfo.InvariantCulture);
    }
}
