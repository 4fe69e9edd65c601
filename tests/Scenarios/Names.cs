using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Names of prepared statements where SQL about them is not rewritten: in the extended protocol, in texts
/// of several
/// statements, in functions. They are the same names as the protocol's there too.
/// </summary>
public sealed class Names(Ground ground) : Play(ground)
{
    [Fact]
    public Task Sql_in_the_extended_protocol_means_the_protocols_names() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await other.Ask(Parse("p", "select 'foreign'"), Sync());
        await client.Ask(Parse("p", "select $1::text as mine"), Sync());
        Assert.Equal(
            "1 2 T(mine:25) D(one) C(SELECT 1) Z(I)", (await client.Ask(Described("execute p('one')"))).Text);
        var prepared = await client.Extended("prepare q (int) as select $1 * 2");
        Assert.Equal("1 2 n C(PREPARE) Z(I)", prepared.Text);
        Assert.Equal("42", (await client.Ask(Bind("", "q", "21"), Execute(), Sync())).Scalar);
        Assert.Equal("E(42P05) Z(I)", (await client.Ask(Parse("q", "select 1"), Sync())).Text);
        Assert.Equal("1 2 n E(42P05) Z(I)", (await client.Extended("prepare p as select 1")).Text);
        Assert.Equal("1 2 n C(DEALLOCATE) Z(I)", (await client.Extended("deallocate p")).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "p", "x"), Sync())).Text);
        Assert.Equal("foreign", (await other.Query("execute p")).Scalar);
        Assert.Equal("1 2 n E(26000) Z(I)", (await client.Extended("execute p('gone')")).Text);
    });

    [Fact]
    public Task An_unknown_name_is_called_so_behind_a_failure_that_is_on_its_way() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await other.Query("select 1");
        Assert.Equal("E(26000) Z(I)", (await client.Query("deallocate s1; select 1")).Text);
        await client.Query("begin");
        await client.Send(DescribeStatement(""), Sync(), Bind("", "s1"), Execute(), Sync());
        Assert.Equal("E(26000) Z(E) E(26000) Z(E)", (await client.ReceiveReady(2)).Text);
        await client.Query("rollback");
    });

    [Fact]
    public Task A_text_that_cant_be_parsed_is_called_so_behind_a_failure_that_is_on_its_way() =>
        Compare(async side =>
        {
            var client = await side.Open();
            foreach (var name in new[] { "", "q", "p" })
            {
                await client.Query("begin");
                await client.Query("prepare p (int) as select $1");
                await client.Send(
                    Query("select 1/0"), Parse(name, "prepare p as selekt"), Sync(),
                    Parse(name, "prepare p as select 1"), Sync(), Bind("", "p", "1"), Sync());
                var heard = await client.ReceiveReady(4);
                Assert.Equal("E(22012) Z(E) E(42601) Z(E) E(25P02) Z(E) E(25P02) Z(E)", heard.Text);
                Assert.Equal("E(42601) Z(E)", (await client.Extended("prepare p as selekt")).Text);
                await client.Query("rollback");
                Assert.Equal("1", (await client.Ask(Bind("", "p", "1"), Execute(), Sync())).Scalar);
                await client.Query("deallocate p");
            }
        });

    [Fact]
    public Task A_text_of_several_statements_means_the_protocols_names() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Ask(Parse("p", "select 'mine'"), Sync());
        await other.Query("select 1; prepare p as select 'other'; execute p; prepare q as select 'q'");
        await client.Query("execute p; deallocate p; prepare p as select 'new'; prepare r as select 'r'");
        Assert.Equal("2 D(new) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "p"), Execute(), Sync())).Text);
        Assert.Equal("other", (await other.Ask(Bind("", "p"), Execute(), Sync())).Scalar);
        Assert.Equal("E(26000) Z(I)", (await client.Query("execute q")).Text);
        await client.Query("prepare s as select 's'; select 1/0");
        Assert.Equal("s", (await client.Query("execute s")).Scalar);
        await client.Query("begin; deallocate s; rollback; execute r");
        Assert.Equal("E(26000) Z(I)", (await client.Query("execute s")).Text);
    });

    [Fact]
    public Task A_statement_that_executes_another_follows_its_client() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Ask(Parse("first", "select 'first' as a"), Parse("second", "execute first"), Sync());
        await other.Ask(Parse("first", "select 'other', 2 as b"), Parse("second", "execute first"), Sync());
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("first", (await client.Ask(Bind("", "second"), Execute(), Sync())).Scalar);
            Assert.Equal("other", (await other.Ask(Bind("", "second"), Execute(), Sync())).Scalar);
            await client.Ask(DescribeStatement("second"), Sync());
            await other.Ask(DescribeStatement("second"), Sync());
            await client.Query("execute second");
        }
    });

    [Fact]
    public Task Names_change_in_the_middle_of_a_group_and_of_a_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("p", "select 'one'"), Sync());
        await client.Query("begin");
        await client.Ask(
            Extended("execute p"), CloseStatement("p"), Parse("p", "select 'two'"), Extended("execute p"),
            Bind("", "p"), Execute(), Extended("deallocate p"), Parse("p", "select 'three'"), Bind("", "p"),
            Execute(), Sync());
        await client.Ask(Extended("execute p"), Extended("select 1/0"), Extended("deallocate p"), Sync());
        await client.Ask(Bind("", "p"), Execute(), Sync());
        await client.Query("rollback");
        Assert.Equal("three", (await client.Ask(Bind("", "p"), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task Deallocate_all_in_a_transaction_and_in_a_group_frees_the_names() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("p", "select 'one'"), Sync());
        await client.Query("begin");
        await client.Query("deallocate all");
        Assert.Equal("1 2 D(two) C(SELECT 1) Z(T)",
            (await client.Ask(Parse("p", "select 'two'"), Bind("", "p"), Execute(), Sync())).Text);
        await client.Ask(
            Extended("deallocate all"), Parse("p", "select 'three'"), Bind("", "p"), Execute(), Sync());
        await client.Query("commit");
        Assert.Equal("three", (await client.Ask(Bind("", "p"), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task A_name_prepared_inside_code_never_reaches_another_client() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("do $$ begin execute 'prep' || 'are hidden as select 77'; end $$");
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("E(26000) Z(I)", (await other.Query("execute hidden")).Text);
            Assert.Equal("1 2 n E(26000) Z(I)", (await other.Extended("execute hidden")).Text);
            Assert.Equal("E(26000) Z(I)", (await other.Ask(Bind("", "hidden"), Execute(), Sync())).Text);
        }
    });

    [Fact]
    public Task A_statement_that_has_lost_its_table_fails_once() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table short_lived (a int)");
        await client.Query("prepare p as select * from short_lived");
        await client.Query("drop table short_lived");
        Assert.Equal("E(42P01) Z(I)", (await client.Query("execute p")).Text);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }, comparesTranscripts: false);

    private static byte[] Described(string text) =>
        [.. Parse("", text), .. Bind("", ""), .. DescribePortal(""), .. Execute(), .. Sync()];
}
