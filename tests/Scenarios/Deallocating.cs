using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// DEALLOCATE by the extended protocol, with which some drivers close their prepared statements.
/// </summary>
public sealed class Deallocating(Ground ground) : Play(ground)
{
    [Fact]
    public async Task A_driver_that_closes_its_statements_by_deallocate_is_never_pinned()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 2");
        await using var client = await ScriptedClient.Open(sento.Door());
        for (var n = 0; n < 50; n++)
        {
            await client.Ask(Parse($"s{n}", $"select {n}"), Bind("", $"s{n}"), Execute(), Sync());
            if (n >= 10)
                Assert.Equal(Deallocated, (await client.Extended($"DEALLOCATE \"s{n - 10}\"")).Text);
        }
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s0"), Sync())).Text);
        Assert.Equal("49", (await client.Ask(Bind("", "s49"), Execute(), Sync())).Scalar);
        Assert.Equal(0, (await sento.Metrics()).Sum("sento_pins_total"));
    }

    [Fact]
    public Task A_name_is_gone_for_its_client_and_for_nobody_else() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Ask(Parse("p", "select 'same'"), Sync());
        await other.Ask(Parse("p", "select 'same'"), Sync());
        Assert.Equal(Deallocated, (await client.Extended("deallocate p")).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "p"), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Query("execute p")).Text);
        Assert.Equal("same", (await other.Ask(Bind("", "p"), Execute(), Sync())).Scalar);
        Assert.Equal("1 Z(I)", (await client.Ask(Parse("p", "select 'new'"), Sync())).Text);
        Assert.Equal("new", (await client.Ask(Bind("", "p"), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task An_unknown_name_is_refused_in_postgresqls_words() => Compare(async side =>
    {
        var client = await side.Open();
        var refused = await client.Extended("deallocate nobody");
        Assert.Equal("1 2 n E(26000) Z(I)", refused.Text);
        const string words = "prepared statement \"nobody\" does not exist";
        Assert.Contains(words, refused.FullText, StringComparison.Ordinal);
        await client.Ask(Parse("Mixed Case", "select 1"), Sync());
        Assert.Equal("1 2 n E(26000) Z(I)", (await client.Extended("deallocate mixed")).Text);
        Assert.Equal(Deallocated, (await client.Extended("DEALLOCATE PREPARE \"Mixed Case\"")).Text);
        Assert.Equal("1 2 n E(26000) Z(I)", (await client.Extended("deallocate \"Mixed Case\"")).Text);
        Assert.Equal("E(42601) Z(I)", (await client.Extended("deallocate a b")).Text);
    });

    [Fact]
    public Task It_is_no_part_of_the_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("p", "select 1"), Parse("q", "select 2"), Sync());
        await client.Query("begin");
        Assert.Equal("1 2 n C(DEALLOCATE) Z(T)", (await client.Extended("deallocate p")).Text);
        await client.Query("rollback");
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "p"), Sync())).Text);
        await client.Query("begin");
        await client.Query("select 1/0");
        Assert.Equal("E(25P02) Z(E)", (await client.Extended("deallocate q")).Text);
        await client.Query("rollback");
        Assert.Equal("2", (await client.Ask(Bind("", "q"), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task Names_go_and_come_within_a_group() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(
            Parse("p", "select 1"), Extended("deallocate p"), Parse("p", "select 2"), Bind("", "p"),
            Execute(), Extended("deallocate p"), Extended("deallocate p"), Parse("p", "select 3"), Sync());
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "p"), Execute(), Sync())).Text);
        await client.Ask(
            Parse("p", "select 4"), Sync(), Extended("deallocate p"), Sync(), Bind("", "p"), Sync());
        Assert.Equal(2, (await client.ReceiveReady(2)).Count(message => message.IsReady));
        await client.Ask(Parse("p", "select 5"), Extended("select 1/0"), Extended("deallocate p"), Sync());
        Assert.Equal("5", (await client.Ask(Bind("", "p"), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task The_statement_itself_follows_its_client() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Ask(Parse("p", "select 1"), Parse("", "deallocate p"), Sync());
        await other.Extended("select 'other'");
        Assert.Equal("t() n Z(I)", (await client.Ask(DescribeStatement(""), Sync())).Text);
        Assert.Equal("2 C(DEALLOCATE) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
        Assert.Equal("2 E(26000) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
        await client.Ask(Parse("p", "select 1"), Sync());
        await other.Extended("select 'other'");
        Assert.Equal("2 C(DEALLOCATE) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
    });

    [Fact]
    public Task A_name_that_sql_has_spoken_of_is_gone_only_if_it_was_there() => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("1 2 n E(26000) Z(I)", (await client.Extended("execute p")).Text);
        var refused = await client.Extended("deallocate p");
        Assert.Equal("1 2 n E(26000) Z(I)", refused.Text);
        const string words = "prepared statement \"p\" does not exist";
        Assert.Contains(words, refused.FullText, StringComparison.Ordinal);
        await client.Extended("prepare \"q \"\"1\" as select 1");
        Assert.Equal(Deallocated, (await client.Extended("deallocate \"q \"\"1\"")).Text);
        Assert.Equal("1 2 n E(26000) Z(I)", (await client.Extended("deallocate \"q \"\"1\"")).Text);
        await client.Query("begin");
        Assert.Equal("1 2 n E(26000) Z(E)", (await client.Extended("deallocate p")).Text);
        await client.Query("rollback");
        Assert.Equal("1 Z(I)", (await client.Ask(Parse("p", "select 2"), Sync())).Text);
        Assert.Equal(Deallocated, (await client.Extended("deallocate p")).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "p"), Sync())).Text);
    });

    private const string Deallocated = "1 2 n C(DEALLOCATE) Z(I)";
}
