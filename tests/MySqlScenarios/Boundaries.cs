using System.Text;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// One server connection for all: whoever has its answer gives it back, and leaves nothing on it.
/// </summary>
public sealed class Boundaries(Grounds grounds) : Play(grounds)
{
    private const string One = "MaxConnections: 1, ConnectionBorrowTimeout: 20";

    [Theory, OnBoth]
    public Task A_statement_that_can_no_longer_be_prepared_gives_the_connection_back(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        var statement = await client.Prepare("select a from t");
        await other.Query("drop table t");
        await EmptyTheConnection(side);
        Assert.Equal("ERR(1146)", (await statement.Execute()).Text);
        Assert.Equal("(1)", (await other.Query("select 1")).Text);
        Assert.Equal("(2)", (await client.Query("select 2")).Text);
    });

    [Theory, OnBoth]
    public Task A_question_that_is_refused_here_gives_the_connection_back(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        var statement = await client.Prepare("select row_count()");
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1), (2), (3)");
        await other.Query("select 1");
        Assert.Equal("ERR(1105)", (await statement.Execute()).Text);
        Assert.Equal("(1)", (await other.Query("select 1")).Text);
    });

    [Theory, OnBoth]
    public Task An_answer_of_the_proxys_own_lets_the_next_in_the_queue_go_on(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var holder = await side.Open();
        var client = await side.Open();
        var next = await side.Open();
        await client.Query("set time_zone = '+05:00'");
        await next.Query("set time_zone = '+06:00'");
        await client.Query("select 1");
        for (var round = 0; round < 3; round++)
        {
            await holder.Query("begin");
            await client.SendQuery("select row_count()");
            await next.SendQuery("select @@time_zone");
            await Eventually.Holds(async () => await Waiting() == 2);
            await holder.Query("commit");
            Assert.Equal("(-1)", (await client.Receive()).Text);
            Assert.Equal("(+06:00)", (await next.Receive()).Text);
            Assert.Equal("(+05:00)", (await client.Query("select @@time_zone")).Text);
        }
    });

    [Theory, OnBoth]
    public Task Parts_of_a_parameter_go_with_the_client_that_sent_them(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var client = await side.Open();
        var statement = await client.Prepare("select concat(?, '')");
        await statement.SendLong(0, "not yours"u8.ToArray());
        await client.Quit();
        var next = await side.Open();
        var same = await next.Prepare("select concat(?, '')");
        Assert.Equal("(mine)", (await same.Execute("mine")).Text);
    });

    // The first packet lets the victim have the connection, whose end then lets the next one have it.
    [Theory, OnBoth]
    public Task What_a_client_is_answered_reaches_nobody_who_gets_a_connection_meanwhile(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var killer = await side.Open();
        var victim = await side.Open();
        var next = await side.Open();
        var statement = await killer.Prepare("select concat(?, '')");
        await statement.SendLong(0, "kept"u8.ToArray());
        await killer.Ask(0x0e);
        await victim.SendQuery("select 'victim'");
        await Eventually.Holds(async () => await Waiting() == 1);
        await next.SendQuery("select 'next'");
        await Eventually.Holds(async () => await Waiting() == 2);
        // To a number that is none nothing is answered.
        await killer.SendCommand([0x19, .. BitConverter.GetBytes(12345)]);
        byte[] close = [0x19, .. BitConverter.GetBytes(statement.Id)];
        byte[] kill = [0x03, .. Encoding.ASCII.GetBytes($"kill {victim.Greeting.Id}")];
        await killer.SendRaw((byte[])[.. MySqlBytes.Packets(close, 0), .. MySqlBytes.Packets(kill, 0)]);
        Assert.Equal("(next)", (await next.Receive()).Text);
        Assert.Equal("OK(0)", (await killer.Receive()).Text);
        Assert.Equal("(1)", (await next.Query("select 1")).Text);
        Assert.Equal("(2)", (await killer.Query("select 2")).Text);
    });

    [Theory, OnBoth]
    public Task A_goodbye_right_behind_a_part_of_a_parameter_ends_the_session(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var client = await side.Open();
        var next = await side.Open();
        var statement = await client.Prepare("select concat(?, '')");
        byte[] part = [0x18, .. BitConverter.GetBytes(statement.Id), 0, 0, (byte)'a'];
        await client.SendRaw((byte[])[.. MySqlBytes.Packets(part, 0), .. MySqlBytes.Packets([0x01], 0)]);
        Assert.Equal("(1)", (await next.Query("select 1")).Text);
        await Eventually.Holds(async () => (await _proxy!.Metrics()).Sum("sento_client_connections") == 1);
    });

    [Theory, OnBoth]
    public Task A_cursor_goes_with_the_client_that_opened_it(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1), (2), (3)");
        var statement = await client.Prepare("select a from t");
        await statement.Open();
        Assert.Equal("(1)", (await statement.Fetch(1)).Text);
        client.Vanish();
        var next = await side.Open();
        var same = await next.Prepare("select a from t");
        Assert.Equal("ERR(1421)", (await same.Fetch(1)).Text);
        Assert.Equal("(1) (2) (3)", (await same.Execute()).Text);
        Assert.Equal("OK(0)", (await next.Query("drop table t")).Text);
    });

    // Alone, MySQL executes what has had a cursor without its rows, and MariaDB takes parts of a parameter
    // that was a number before for nothing.
    [Theory, OnBoth]
    public Task How_one_client_executes_a_text_means_nothing_to_the_next(MySqlKind on) =>
        OnOneConnection(on, async side =>
    {
        const string sql = "select a from t where a > ? + 0 order by a";
        var client = await side.Open();
        await client.Query("create table t (a int primary key)");
        await client.Query("insert into t values (1), (2), (3)");
        var whole = await client.Prepare(sql);
        var byCursor = await (await side.Open()).Prepare(sql);
        var inParts = await (await side.Open()).Prepare(sql);
        for (var round = 0; round < 2; round++)
        {
            await byCursor.Open(1);
            Assert.Equal("(2) (3)", (await byCursor.Fetch(5)).Text);
            Assert.Equal("(2) (3)", (await whole.Execute(1)).Text);
            await byCursor.Open(2);
            Assert.Equal("(3)", (await byCursor.Fetch(5)).Text);
            await inParts.SendLong(0, "1"u8.ToArray());
            Assert.Equal("(2) (3)", (await inParts.Execute(new LongData())).Text);
        }
        // One client may do both, and by a cursor again.
        await byCursor.Open(1);
        Assert.Equal("(2) (3)", (await byCursor.Fetch(5)).Text);
        Assert.Equal("(3)", (await byCursor.Execute(2)).Text);
        await byCursor.Open(2);
        Assert.Equal("(3)", (await byCursor.Fetch(5)).Text);
    });

    private SentoProcess? _proxy;

    private async Task OnOneConnection(MySqlKind on, Func<Side, Task> play)
    {
        await using var proxy = _proxy = await OwnProxy.Start(Grounds.Of(on).Server.Port, One);
        await OnlyThrough(on, Ground.DoorTo(proxy), play);
    }

    private async Task<double> Waiting() => (await _proxy!.Metrics()).Sum("sento_clients_waiting");

    /// <summary>Whatever was prepared there is gone: a pinned client leaves, and it is reset.</summary>
    internal static async Task EmptyTheConnection(Side side)
    {
        var pinned = await side.Open();
        await pinned.Query("select get_lock('all', 0)");
        await pinned.Quit();
    }
}
