using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// What a later message of a pipeline runs depends on whether an earlier one has failed: whatever it is, what
/// it changes is its client's alone.
/// </summary>
public sealed class Doubts(Ground ground) : Play(ground)
{
    private const string Look =
        "select current_setting('work_mem'), coalesce(current_setting('app.tenant', true), '')";

    [Fact]
    public Task A_skipped_parse_leaves_the_unnamed_statement_of_before() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Send(
            Parse("", "set work_mem = '77MB'"), Sync(),
            Parse("bad", "selekt"), Parse("", "select 'skipped'"), Sync(),
            Bind("", ""), Execute(), Sync());
        var replies = await client.ReceiveReady(3);
        Assert.Equal("1 Z(I) E(42601) Z(I) 2 C(SET) Z(I)", replies.Text);
        await other.Query(Look);
        Assert.Equal("77MB", (await client.Query(Look)).Scalar);
    });

    [Fact]
    public Task The_same_text_parsed_once_more_behind_a_failure_is_the_unnamed_statement() =>
        Compare(async side =>
        {
            var client = await side.Open();
            await client.Send(
                Parse("", "select 'before'"), Sync(),
                Parse("bad", "selekt"), Parse("", "select 'same'"), Sync(),
                Parse("", "select 'same'"), Bind("", ""), Execute(), Sync());
            Assert.Equal("same", (await client.ReceiveReady(3)).Scalar);
            Assert.Equal("same", (await client.Ask(Bind("", ""), Execute(), Sync())).Scalar);
        });

    [Fact]
    public Task Names_whose_objects_are_gone_can_be_given_up_in_one_text() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int); create table u (a int)");
        await client.Ask(
            Parse("s", "select * from t"), Parse("r", "select * from u"), Parse("q", "select 1"), Sync());
        await client.Query("drop table t, u");
        Assert.Equal("E(42P05) Z(I)", (await client.Query("prepare s as select 2; select 1")).Text);
        Assert.Equal("E(42P01) Z(I)", (await client.Query("execute r; select 1")).Text);
        Assert.Equal("C(DEALLOCATE) C(DEALLOCATE) C(DEALLOCATE) Z(I)",
            (await client.Query("deallocate s; deallocate r; deallocate q")).Text);
        foreach (var name in new[] { "s", "r", "q" })
            Assert.Equal("E(26000) Z(I)", (await client.Query($"execute {name}; select 1")).Text);
        Assert.Equal("C(PREPARE) C(DEALLOCATE) Z(I)",
            (await client.Query("prepare s as select 2; deallocate s")).Text);
    });

    [Fact]
    public Task The_unnamed_statement_is_described_in_a_failed_transaction_too() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Send(Extended("set timezone = 'Moon'"), Sync(), DescribeStatement(""), Sync());
        Assert.Equal("1 2 n E(22023) Z(E) t() n Z(E)", (await client.ReceiveReady(2)).Text);
        await client.Ask(DescribeStatement(""), CloseStatement(""), DescribeStatement(""), Sync());
        await client.Ask(Parse("", "selekt"), Sync());
        await client.Ask(DescribeStatement(""), Sync());
        await client.Query("rollback");
    });

    [Fact]
    public Task What_is_parsed_behind_a_failed_group_stays_the_unnamed_statement() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(
            Extended("select * from missing"), Extended("prepare p as select 1"), Sync(),
            Extended("begin"), Extended("do $$ begin raise notice 'hello'; end $$"), Sync(),
            Bind("", "", "x"), Execute(), Sync());
        var replies = await client.ReceiveReady(3);
        Assert.Equal("08P01", replies.Last(message => message.IsError).SqlState);
    });

    [Fact]
    public Task A_taken_name_is_refused_in_a_failed_transaction_too() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("prepare s as select 1");
        await client.Query("begin");
        await client.Query("select 1/0");
        foreach (var text in new[] { "", "rollback", "select 1", "selekt" })
            await client.Ask(Parse("s", text), Sync());
        await client.Query("rollback");
        foreach (var text in new[] { "", "select 1", "selekt" })
            await client.Ask(Parse("s", text), Sync());
        Assert.Equal("1", (await client.Ask(Bind("", "s"), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task A_parse_behind_one_that_failed_stands() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Ask(Parse("drop", "drop table t"), Sync());
        await client.Send(
            Parse("", "select * from t"), Sync(), Bind("", "drop"), Execute(), Sync(),
            Parse("", "select * from t"), Sync(), Parse("", "select 'later'"), Sync());
        Assert.Equal("1 Z(I) 2 C(DROP TABLE) Z(I) E(42P01) Z(I) 1 Z(I)", (await client.ReceiveReady(4)).Text);
        Assert.Equal("later", (await client.Ask(Bind("", ""), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task A_deallocate_that_is_run_again_behind_its_failure_speaks_of_the_clients_name() =>
        Compare(async side =>
        {
            var client = await side.Open();
            await client.Send(
                Extended("deallocate nobody"), Parse("", "select 'skipped'"), Sync(),
                Bind("", ""), Execute(), Sync());
            var replies = await client.ReceiveReady(2);
            Assert.Equal("1 2 n E(26000) Z(I) 2 E(26000) Z(I)", replies.Text);
            Assert.DoesNotContain("sento", replies.FullText, StringComparison.Ordinal);
        });

    [Fact]
    public Task A_portal_that_is_fetched_by_sql_changes_its_own_session() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        const string text =
            "select set_config('work_mem', '77MB', false), set_config('app.tenant', 'mine', false)";
        await client.Query("begin");
        await client.Ask(Parse("", text), Bind("p", ""), Sync());
        await client.Query("fetch all from p");
        await client.Query("commit");
        for (var round = 0; round < 3; round++)
        {
            await other.Query(Look);
            Assert.Equal("77MB", (await client.Query(Look)).Scalar);
        }
    });

    [Fact]
    public Task A_portal_survives_the_failure_of_what_would_have_replaced_it() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("begin");
        await client.Ask(Parse("set", "set work_mem = '77MB'"), Bind("p", "set"), Sync());
        await client.Query("savepoint a");
        await client.Ask(
            Parse("bad", "selekt"), ClosePortal("p"), Parse("", "select 'skipped'"), Bind("p", ""), Sync());
        await client.Query("rollback to a");
        Assert.Equal("C(SET) Z(T)", (await client.Ask(Execute("p"), Sync())).Text);
        await client.Query("commit");
        for (var round = 0; round < 3; round++)
        {
            await other.Query(Look);
            Assert.Equal("77MB", (await client.Query(Look)).Scalar);
        }
    });

    [Fact]
    public Task Of_thousands_of_portals_each_is_its_clients_own() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        client.Hears = null;
        await client.Query("begin");
        await client.Ask(
            [Parse("", "select set_config('work_mem', $1, false)"),
                .. Enumerable.Range(0, 3000).Select(n => Bind($"p{n}", "", $"{n + 1000}kB")), Sync()]);
        await client.Ask(Execute("p2999"), Sync());
        await client.Query("commit");
        for (var round = 0; round < 3; round++)
        {
            await other.Query(Look);
            Assert.Equal("3999kB", (await client.Query(Look)).Scalar);
        }
    });

    [Fact]
    public Task Thousands_of_names_change_in_one_pipeline() => Compare(async side =>
    {
        var client = await side.Open();
        client.Hears = null;
        await client.Send(
            [.. Enumerable.Range(0, 3000).Select(n => Parse($"s{n}", $"select {n % 100}")), Sync(),
                .. Enumerable.Range(0, 3000).SelectMany(n => new[] { CloseStatement($"s{n}"), Sync() }),
                Query("select 'done'")]);
        Assert.Equal("done", (await client.ReceiveReady(3002)).Scalar);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s2999"), Sync())).Text);
    });
}
