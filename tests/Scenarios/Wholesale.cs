using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>What comes behind DISCARD ALL, RESET and names placed on a server, in one pipeline.</summary>
public sealed class Wholesale(Ground ground) : Play(ground)
{
    private static readonly (string, string)[] s_baseline =
        [("TimeZone", "Asia/Tokyo"), ("options", "-c app.tenant=start -c work_mem=3MB")];

    private const string Look =
        "select current_setting('timezone'), current_setting('work_mem'), "
        + "coalesce(current_setting('app.tenant', true), '')";

    [Theory]
    [InlineData("discard all")]
    [InlineData("deallocate all")]
    [InlineData("reset all")]
    public Task What_is_flushed_behind_it_is_answered_at_once(string statement) => Compare(async side =>
    {
        var client = await side.Open(s_baseline);
        await client.Ask(Parse("s", "select 1"), Sync());
        await client.Send(Extended(statement), CloseStatement("never"), Flush());
        await client.ReceiveUntil('3');
        await client.Send(DescribeStatement("s"), Flush());
        await client.Receive();
        await client.Ask(Sync());
        await client.Query(Look);
    });

    [Fact]
    public Task Discard_all_leaves_the_unnamed_statement() => Compare(async side =>
    {
        var client = await side.Open(s_baseline);
        await client.Extended("discard all");
        Assert.Equal("2 Z(I)", (await client.Ask(Bind("", ""), Sync())).Text);
        await client.Ask(
            Extended("discard all"), Parse("", "select 'behind'"), Bind("", ""), Execute(), Sync());
        var again = await client.Ask(Bind("", ""), Execute(), Sync());
        Assert.Equal("2 D(behind) C(SELECT 1) Z(I)", again.Text);
    });

    [Fact]
    public Task A_setting_made_behind_a_reset_in_one_group_stands() => Compare(async side =>
    {
        var client = await side.Open(s_baseline);
        var other = await side.Open();
        await client.Ask(
            Extended("set time zone default"), Extended("set timezone to 'UTC'"),
            Extended("reset app.tenant"), Extended("set app.tenant = 'later'"),
            Extended("reset work_mem"), Extended("set work_mem = '9MB'"), Sync());
        for (var round = 0; round < 3; round++)
        {
            await other.Query(Look);
            await client.Query(Look);
        }
    });

    [Fact]
    public Task Names_are_placed_for_group_after_group_of_one_pipeline() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(
            Extended("prepare s2 (int, text) as select $2 || $1"), Sync(),
            Extended("select 1"), Extended("execute s1"), Sync(),
            Extended("execute s2(1, 'a')"), Sync());
        await client.ReceiveReady(3);
    });

    [Fact]
    public Task A_query_ends_the_unnamed_statement_also_behind_a_group_that_failed() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Extended("select 'first'");
        await client.Send(
            Extended("select 1/0"), Parse("", "select $1::int"), Sync(), Query("select 'drops'"));
        await client.ReceiveReady(2);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "", "5"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task A_setting_made_behind_a_discard_in_one_pipeline_stands() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        for (var round = 0; round < 10; round++)
        {
            await client.Send(
                Extended("discard all"), Sync(), Extended("set work_mem = '9MB'"), Sync(),
                Extended("select 1"), Sync());
            await client.ReceiveReady(3);
            await other.Query(Look);
            Assert.Equal("9MB", (await client.Query("show work_mem")).Scalar);
        }
    });

    [Fact]
    public Task Another_authorization_ends_the_role() => Compare(async side =>
    {
        var super = side.Door with { User = Ground.Admin.User, Password = Ground.Admin.Password };
        var client = await side.Connect(super);
        await side.SignIn(client);
        var other = await side.Connect(super);
        await side.SignIn(other);
        await client.Query("set session authorization app");
        await client.Query("set role helper");
        await client.Query("set session authorization app");
        for (var round = 0; round < 3; round++)
        {
            await other.Query("select current_user");
            Assert.Equal("app", (await client.Query("select current_user")).Scalar);
        }
    });

    [Fact]
    public Task Names_made_in_a_failed_transaction_behind_its_end_are_found() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Query("select 1/0");
        await client.Query("rollback; prepare s2 as select 'made'");
        Assert.Equal("made", (await client.Extended("execute s2")).Scalar);
        Assert.Equal("made", (await client.Query("execute s2")).Scalar);
    });

    [Fact]
    public Task What_is_wrong_with_a_text_is_told_first_in_a_failed_transaction_too() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("prepare s2 as select 2");
        await client.Query("begin");
        await client.Query("select 1/0");
        Assert.Equal("E(42601) Z(E)", (await client.Extended("prepare s2 as selekt")).Text);
        await client.Extended("execute s2");
        await client.Extended("rollback");
        await client.Extended("execute s2");
    });

    [Fact]
    public Task An_unknown_name_in_a_failed_transaction_is_told_first() => Compare(async side =>
    {
        var other = await side.Open();
        await other.Query("select 1");
        var client = await side.Open();
        await client.Query("begin");
        await client.Extended("execute \"S1\"");
        var replies = await client.Ask(CloseStatement("S1"), Bind("", "S1"), Execute(), Sync());
        Assert.Equal("3 E(26000) Z(E)", replies.Text);
    });

    [Fact]
    public Task A_custom_setting_whose_name_is_bound_is_its_clients_own() => Compare(async side =>
    {
        var other = await side.Open();
        var client = await side.Open(("options", "-c app.tenant=start"));
        await client.Ask(Parse("s", "select set_config($1, $2, $3)"), Sync());
        foreach (var value in new[] { "mine", "" })
        {
            await client.Ask(Bind("", "s", "app.tenant", value, "f"), Execute(), Sync());
            for (var round = 0; round < 3; round++)
            {
                var seen = await other.Query("select coalesce(current_setting('app.tenant', true), '')");
                Assert.Equal("", seen.Scalar);
                Assert.Equal(value, (await client.Query("select current_setting('app.tenant')")).Scalar);
            }
        }
    });

    [Fact]
    public async Task A_custom_setting_with_a_computed_name_never_reaches_another_client()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 1");
        await Ground.Clean();
        await using var side = new Side("through Sento", sento.Door());
        var client = await side.Open();
        var other = await side.Open();
        // The catalog is read by then, and hides nothing.
        await client.Query("select 1");
        await client.Query("select set_config('app.' || 'tenant', 'mine', false)");
        var seen = (await other.Query("select coalesce(current_setting('app.tenant', true), '')")).Scalar;
        Assert.Equal("", seen);
    }

    [Theory]
    [InlineData("with made as (insert into numbered default values returning id) select * from made")]
    [InlineData("explain analyze insert into numbered default values")]
    [InlineData("copy numbered (other) from stdin")]
    public async Task Whatever_has_advanced_a_sequence_tells_no_other_client(string statement)
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 1");
        await Ground.Clean();
        await using var side = new Side("through Sento", sento.Door());
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table numbered (id serial, other int); create sequence own");
        if (statement.StartsWith("copy", StringComparison.Ordinal))
        {
            await client.Send(Query(statement), CopyData("1\n"), CopyDone());
            await client.ReceiveUntilReady();
        }
        else
        {
            await client.Query(statement);
        }
        var asked = await other.Query("begin; select nextval('own'); select currval('numbered_id_seq')");
        Assert.Equal("55000", asked.Error?.SqlState);
    }
}
