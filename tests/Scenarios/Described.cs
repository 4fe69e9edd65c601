using System.Runtime.CompilerServices;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Statements that a client has had described, and reads by that ever after: what it was told stays true, or
/// it is told that it does not.
/// </summary>
public sealed class Described(Ground ground) : Play(ground)
{
    private const string Rows = "2 C(SELECT 0) Z(I)";
    private const string Refused = "E(0A000) Z(I)";

    [Fact]
    public Task Changed_columns_are_refused_until_the_text_is_parsed_anew() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), DescribeStatement("s"), Sync());
        Assert.Equal(Rows, await Run(client, "s"));
        await other.Query("alter table t add column b text");
        Assert.Equal(Refused, await Run(client, "s"));
        Assert.Equal(Refused, await Run(client, "s"));
        Assert.Equal("1 t() T(a:23|b:25) Z(I)",
            (await client.Ask(Parse("fresh", Text()), DescribeStatement("fresh"), Sync())).Text);
        Assert.Equal(Rows, await Run(client, "fresh"));
        Assert.Equal(Refused, await Run(client, "s"));
        await client.Ask(CloseStatement("s"), Parse("s", Text()), Sync());
        Assert.Equal(Rows, await Run(client, "s"));
    });

    [Fact]
    public Task A_describe_tells_the_parameters_ahead_of_the_refusal() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        var text = "select * from t where a = $1 and $2::text is null /* described */";
        await client.Ask(Parse("s", text), DescribeStatement("s"), Sync());
        await other.Query("alter table t add column b text");
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal("t(23,25) E(0A000) Z(I)", (await client.Ask(DescribeStatement("s"), Sync())).Text);
            await other.Query("select 1");
        }
        await client.Send(DescribeStatement("s"), Sync(), CloseStatement("s"), Parse("s", text), Sync(),
            DescribeStatement("s"), Sync());
        Assert.Equal("t(23,25) E(0A000) Z(I) 3 1 Z(I) t(23,25) T(a:23|b:25) Z(I)",
            (await client.ReceiveReady(3)).Text);
    });

    [Fact]
    public Task In_a_transaction_the_refusal_fails_it() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), DescribeStatement("s"), Sync());
        await other.Query("alter table t add column b text");
        await client.Query("begin");
        Assert.Equal("E(0A000) Z(E)", await Run(client, "s"));
        Assert.Equal("C(ROLLBACK) Z(I)", (await client.Query("commit")).Text);
        await client.Query("begin");
        var replies = await client.Ask(
            Extended("insert into t values (1)"), Bind("", "s"), Execute(), Sync());
        Assert.Equal("1 2 n C(INSERT 0 1) E(0A000) Z(E)", replies.Text);
        await client.Query("rollback");
        Assert.Equal("0", (await other.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task A_change_that_the_proxy_has_not_seen_is_refused_too() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), DescribeStatement("s"), Sync());
        await using (var admin = await ScriptedClient.Open(Ground.Admin))
            await admin.Query("alter table t add column b text");
        var blocker = await side.Open();
        foreach (var holder in new[] { other, blocker })
            await holder.Query("begin");
        Assert.Equal(Refused, await Run(client, "s"));
        foreach (var holder in new[] { other, blocker })
            await holder.Query("commit");
        Assert.Equal(Refused, await Run(client, "s"));
    });

    [Fact]
    public Task A_change_that_leaves_the_columns_alone_disturbs_nobody() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), DescribeStatement("s"), Sync());
        foreach (var change in new[]
        {
            "alter table t alter column a set default 7", "create view unconcerned as select 1",
            "begin; alter table t add column b text; rollback", "drop table t; create table t (a int)",
        })
        {
            await other.Query(change);
            Assert.Equal(Rows, await Run(client, "s"));
        }
    });

    [Fact]
    public Task Portals_described_once_count_like_statements() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), Bind("", "s"), DescribePortal(""), Execute(), Sync());
        Assert.Equal(Rows, await Run(client, "s"));
        await other.Query("alter table t add column b text");
        Assert.Equal(Refused, await Run(client, "s"));
        await client.Ask(CloseStatement("s"), Sync());
        await client.Ask(Parse("s", Text()), Bind("", "s"), DescribePortal(""), Execute(), Sync());
        Assert.Equal(Rows, await Run(client, "s"));
    });

    [Fact]
    public Task Portals_described_each_time_need_no_refusal() => OnlyThroughSento(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), Bind("", "s"), DescribePortal(""), Execute(), Sync());
        await other.Query("alter table t add column b text");
        Assert.Equal("2 T(a:23|b:25) C(SELECT 0) Z(I)",
            (await client.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync())).Text);
    });

    [Fact]
    public Task A_pipeline_waits_for_the_question_and_keeps_its_order() => Compare(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", Text()), DescribeStatement("s"), Sync());
        await client.Ask(Parse("n", "select $1::int"), DescribeStatement("n"), Sync());
        await other.Query("begin; alter table t alter column a set not null; commit");
        await client.Send(
            Bind("", "n", "1"), Execute(), Bind("", "s"), Execute(), Bind("", "n", "2"), Execute(), Sync(),
            Bind("", "s"), Execute(), Sync(), Bind("", "n", "3"), Execute(), Sync());
        Assert.Equal(
            "2 D(1) C(SELECT 1) 2 C(SELECT 0) 2 D(2) C(SELECT 1) Z(I)"
            + " 2 C(SELECT 0) Z(I) 2 D(3) C(SELECT 1) Z(I)",
            (await client.ReceiveReady(3)).Text);
        await other.Query("alter table t add column b text");
        await client.Send(
            Bind("", "n", "1"), Execute(), Bind("", "s"), Execute(), Bind("", "n", "2"), Execute(), Sync(),
            Bind("", "n", "3"), Execute(), Sync());
        Assert.Equal("2 D(1) C(SELECT 1) E(0A000) Z(I) 2 D(3) C(SELECT 1) Z(I)",
            (await client.ReceiveReady(2)).Text);
    });

    [Fact]
    public Task Parameters_of_another_type_are_never_read_as_what_was_told() => OnlyThroughSento(async side =>
    {
        var (client, other) = await OpenWithTable(side);
        await client.Ask(Parse("s", "insert into t values ($1) returning 1"), DescribeStatement("s"), Sync());
        var inserted = await client.Ask(Bind("", "s", "7"), Execute(), Sync());
        Assert.Equal("2 D(1) C(INSERT 0 1) Z(I)", inserted.Text);
        await other.Query("alter table t alter column a type real");
        Assert.Equal(Refused, (await client.Ask(Bind("", "s", "7"), Execute(), Sync())).Text);
    });

    /// <summary>Each play's own: what a connection has prepared is there for every client.</summary>
    private static string Text([CallerMemberName] string play = "") => $"select * from t /* {play} */";

    private static async Task<(ScriptedClient Client, ScriptedClient Other)> OpenWithTable(Side side)
    {
        var client = await side.Open();
        var other = await side.Open();
        await other.Query("create table t (a int)");
        return (client, other);
    }

    private static async Task<string> Run(ScriptedClient client, string name) =>
        (await client.Ask(Bind("", name), Execute(), Sync())).Text;
}
