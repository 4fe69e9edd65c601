using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Pipelines: every reply comes, in order, and an error skips to the next Sync and no further.</summary>
public sealed class Pipelining(Ground ground) : Play(ground)
{
    [Fact]
    public Task A_conversation_driven_by_flush() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(Parse("s", "select $1::int as n"), DescribeStatement("s"), Flush());
        Assert.Equal("1 t(23) T(n:23)", (await client.Receive(3)).Text);
        await client.Send(Bind("", "s", "5"), Flush());
        Assert.Equal("2", (await client.Receive()).Text);
        await client.Send(Execute(), Flush());
        Assert.Equal("D(5) C(SELECT 1)", (await client.Receive(2)).Text);
        Assert.Equal("Z(I)", (await client.Ask(Sync())).Text);
    });

    [Fact]
    public Task Another_client_works_while_one_pauses_before_its_sync() => Compare(async side =>
    {
        var pausing = await side.Open();
        var other = await side.Open();
        await pausing.Send(Parse("", "select 1"), Bind("", ""), Execute(), Flush());
        Assert.Equal("1 2 D(1) C(SELECT 1)", (await pausing.Receive(4)).Text);
        for (var i = 0; i < 5; i++)
            Assert.Equal($"{i}", (await other.Query($"select {i}")).Scalar);
        Assert.Equal("2 D(1) C(SELECT 1) Z(I)", (await pausing.Ask(Bind("", ""), Execute(), Sync())).Text);
    });

    [Fact]
    public Task Parse_waiting_for_its_sync_is_answered_when_flush_comes() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Send(Parse("s", "select 'late'"));
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        await client.Send(Flush());
        Assert.Equal("1", (await client.Receive()).Text);
        Assert.Equal("2 D(late) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task An_error_skips_to_sync_and_the_next_group_runs() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(
            Extended("select 1"), Sync(),
            Extended("select 2"), Extended("select 1/0"), Extended("select 3"), Sync(),
            Extended("select 4"), Sync());
        Assert.Equal(
            "1 2 T(?column?:23) D(1) C(SELECT 1) Z(I) 1 2 T(?column?:23) D(2) C(SELECT 1) 1 " +
            "E(22012) Z(I) 1 2 T(?column?:23) D(4) C(SELECT 1) Z(I)",
            (await client.ReceiveReady(3)).Text);
    });

    [Theory]
    [InlineData("selekt")]
    [InlineData("select * from missing")]
    [InlineData("select $1::int where false; select 2")]
    public Task A_failing_parse_skips_to_sync(string text) => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(
            Parse("s", text), DescribeStatement("s"), Bind("", "s"), Execute(), CloseStatement("s"), Sync(),
            Query("select 'after'"));
        var replies = await client.ReceiveReady(2);
        Assert.Equal("EZTDCZ", replies.Codes);
    });

    [Fact]
    public Task A_simple_query_while_skipping_to_sync_is_skipped() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(Parse("", "selekt"), Query("select 'skipped'"), Sync(), Query("select 'heard'"));
        Assert.Equal("E(42601) Z(I) T(?column?:25) D(heard) C(SELECT 1) Z(I)",
            (await client.ReceiveReady(2)).Text);
    });

    [Fact]
    public Task Many_syncs_in_flight_are_each_answered() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send([.. Enumerable.Range(0, 500).SelectMany(i => new[] { Extended($"select {i}"), Sync() })]);
        var replies = await client.ReceiveReady(500);
        Assert.Equal(500, replies.Rows.Count());
        Assert.Equal("Z(I) Z(I) Z(I)", (await Sent(client, 3, Sync(), Sync(), Sync())).Text);
    });

    [Fact]
    public Task Simple_queries_pipelined_are_each_answered() => Compare(async side =>
    {
        var client = await side.Open();
        var replies = await Sent(client, 4,
            Query("select 1"), Query("select 1/0"), Query("begin; select 2"), Query("commit"));
        Assert.Equal(
            "T(?column?:23) D(1) C(SELECT 1) Z(I) E(22012) Z(I) " +
            "C(BEGIN) T(?column?:23) D(2) C(SELECT 1) Z(T) C(COMMIT) Z(I)",
            replies.Text);
    });

    [Fact]
    public Task Simple_and_extended_groups_mix_in_one_write() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Send(
            Query("begin"), Parse("i", "insert into t values ($1)"), Bind("", "i", "1"), Execute(), Sync(),
            Query("insert into t values (2)"), Bind("", "i", "3"), Execute(), Sync(), Query("commit"),
            Extended("select sum(a) from t"), Sync());
        var replies = await client.ReceiveReady(6);
        Assert.Equal("6", replies.Scalar);
        Assert.Equal("TTTTII", string.Concat(replies.Where(r => r.IsReady).Select(r => r.Status)));
    });

    [Fact]
    public Task A_deep_pipeline_through_tiny_buffers_does_not_jam() => Compare(async side =>
    {
        const int groups = 5000;
        var client = await side.Connect(side.Door with { SocketBufferBytes = 4096 });
        await side.SignIn(client);
        client.Hears = null;
        var group = (byte[])[.. Extended("select repeat('x', 200)"), .. Sync()];
        var sending = client.SendRepeated(group, groups);
        var replies = await client.ReceiveReady(groups);
        await sending;
        Assert.Equal(groups, replies.Rows.Count());
    });

    [Fact]
    public Task A_deep_pipeline_read_only_after_it_is_sent() => Compare(async side =>
    {
        const int groups = 2000;
        var client = await side.Open();
        await client.Send([.. Enumerable.Range(0, groups).SelectMany(i => new[] { Extended($"select {i}"), Sync() })]);
        var other = await side.Open();
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        var replies = await client.ReceiveReady(groups);
        Assert.Equal(Enumerable.Range(0, groups).Select(i => $"{i}"), replies.Rows.Select(r => r[0]));
    });

    [Fact]
    public Task A_transaction_over_groups_with_a_failure_in_the_middle() => Compare(async side =>
    {
        var client = await side.Open();
        var replies = await Sent(client, 4,
            Parse("", "begin"), Bind("", ""), Execute(), Sync(),
            Parse("", "select 1/0"), Bind("", ""), Execute(), Sync(),
            Parse("", "select 1"), Bind("", ""), Execute(), Sync(),
            Parse("", "commit"), Bind("", ""), Execute(), Sync());
        Assert.Equal("1 2 C(BEGIN) Z(T) 1 E(22012) Z(E) E(25P02) Z(E) 1 2 C(ROLLBACK) Z(I)", replies.Text);
    });

    [Fact]
    public Task Groups_after_a_commit_in_one_write_each_take_a_connection() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        var replies = await Sent(client, 6,
            Query("begin"), Query("insert into t values (1)"), Query("commit"),
            Query("begin"), Query("insert into t values (2)"), Query("rollback"));
        Assert.Equal("TTITTI", string.Concat(replies.Where(r => r.IsReady).Select(r => r.Status)));
        Assert.Equal("1", (await client.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task A_portal_with_a_row_limit_is_executed_again_after_flush() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Send(Parse("", "select generate_series(1, 5)"), Bind("p", ""), Execute("p", 2), Flush());
        Assert.Equal("1 2 D(1) D(2) s", (await client.Receive(5)).Text);
        await client.Send(Execute("p", 2), Flush());
        Assert.Equal("D(3) D(4) s", (await client.Receive(3)).Text);
        Assert.Equal("Z(T)", (await client.Ask(Sync())).Text);
        Assert.Equal("D(5) C(SELECT 1) Z(T)", (await client.Ask(Execute("p"), Sync())).Text);
        Assert.Equal("C(SELECT 0) Z(T)", (await client.Ask(Execute("p"), Sync())).Text);
        await client.Query("commit");
        Assert.Equal("E(34000) Z(I)", (await client.Ask(Execute("p"), Sync())).Text);
    });

    [Fact]
    public Task A_suspended_portal_ends_with_its_sync_outside_a_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        var replies = await client.Ask(
            Parse("", "select generate_series(1, 5)"), Bind("p", ""), Execute("p", 2), Execute("p", 1), Sync());
        Assert.Equal("1 2 D(1) D(2) s D(3) s Z(I)", replies.Text);
        Assert.Equal("E(34000) Z(I)", (await client.Ask(Execute("p"), Sync())).Text);
    });

    [Fact]
    public Task Portals_of_one_name_and_of_several_names() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Ask(Parse("s", "select $1::int"), Bind("a", "s", "1"), Bind("b", "s", "2"), Bind("", "s", "3"), Sync());
        Assert.Equal("D(2) C(SELECT 1) D(1) C(SELECT 1) D(3) C(SELECT 1) Z(T)",
            (await client.Ask(Execute("b"), Execute("a"), Execute(), Sync())).Text);
        Assert.Equal("E(42P03) Z(E)", (await client.Ask(Bind("a", "s", "4"), Sync())).Text);
        await client.Query("rollback");
        await client.Query("begin");
        Assert.Equal("2 3 2 T(int4:23) D(6) C(SELECT 1) Z(T)",
            (await client.Ask(Bind("a", "s", "5"), ClosePortal("a"), Bind("a", "s", "6"), DescribePortal("a"),
                Execute("a"), Sync())).Text);
        await client.Query("commit");
    });

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("-- nothing")]
    [InlineData("/* nothing /* nested */ */")]
    [InlineData(";")]
    [InlineData(";;  ; ")]
    public Task Empty_queries_are_answered_as_empty(string text) => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("I Z(I)", (await client.Query(text)).Text);
        Assert.Equal("1 2 n I Z(I)", (await client.Extended(text)).Text);
        await client.Query("begin");
        Assert.Equal("I Z(T)", (await client.Query(text)).Text);
        await client.Query("rollback");
    });

    [Fact]
    public Task A_multi_statement_string_is_one_transaction_until_it_says_otherwise() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1); select 1/0; insert into t values (2)");
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("insert into t values (1); commit; insert into t values (2); select 1/0");
        Assert.Equal("1", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("begin; insert into t values (3); commit; begin; insert into t values (4)");
        Assert.Equal('T', client.Status);
        await client.Query("rollback; insert into t values (5)");
        Assert.Equal("3", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("select 1; ; select 2;; selekt");
        await client.Query("select 1; select * from missing; select 2");
    });

    [Fact]
    public Task Every_cut_of_an_extended_group_is_understood() => Compare(async side =>
    {
        var client = await side.Open();
        byte[] group = [.. Parse("s", "select $1::text"), .. Bind("", "s", "x"), .. DescribePortal(""), .. Execute(),
            .. CloseStatement("s"), .. Sync()];
        for (var cut = 1; cut < group.Length; cut++)
        {
            await client.SendSplit(group, cut);
            Assert.Equal("1 2 T(text:25) D(x) C(SELECT 1) 3 Z(I)", (await client.ReceiveUntilReady()).Text);
        }
    });

    [Fact]
    public Task Messages_arriving_byte_by_byte_are_understood() => Compare(async side =>
    {
        var client = await side.Open();
        await client.SendByteByByte(
            Query("begin"), Parse("s", "select $1::int, now() = now()"), Bind("", "s", "8"), Execute(), Sync(),
            Query("set application_name = 'bytes'; commit"), Query(""));
        var replies = await client.ReceiveReady(4);
        Assert.Equal("C(BEGIN) Z(T) 1 2 D(8|t) C(SELECT 1) Z(T) C(SET) C(COMMIT) S(application_name=bytes) Z(I) I Z(I)",
            replies.Text);
    });

    [Fact]
    public Task A_function_call_is_answered() => Compare(async side =>
    {
        var client = await side.Open();
        var id = int.Parse((await client.Query("select 'pg_catalog.reverse(text)'::regprocedure::oid::int")).Scalar!);
        Assert.Equal("V(cba) Z(I)", (await client.Ask(FunctionCall(id, "abc"))).Text);
        Assert.Equal("V(~) Z(I)", (await client.Ask(FunctionCall(id, (string?)null))).Text);
        Assert.Equal("E(42883) Z(I)", (await client.Ask(FunctionCall(1, "abc"))).Text);
        await client.Query("begin");
        Assert.Equal("V(x) Z(T)", (await client.Ask(FunctionCall(id, "x"))).Text);
        await client.Query("rollback");
    });

    [Fact]
    public Task Notices_arrive_where_they_were_raised() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("do $$ begin raise notice 'one'; raise warning 'two'; end $$; select 1");
        await client.Query("drop table if exists nothing");
        await client.Extended("do $$ begin for i in 1..200 loop raise notice '%', i; end loop; end $$");
        await client.Query("set client_min_messages = error");
        Assert.Equal("C(DROP TABLE) Z(I)", (await client.Query("drop table if exists nothing")).Text);
    });

    private static async Task<Replies> Sent(ScriptedClient client, int readyCount, params byte[][] messages)
    {
        await client.Send(messages);
        return await client.ReceiveReady(readyCount);
    }
}
