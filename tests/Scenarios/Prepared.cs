using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Prepared statements: each client has its own name space, whichever server connection it is on.
/// </summary>
public sealed class Prepared(Ground ground) : Play(ground)
{
    private const int Int4 = 23;
    private const int Int8 = 20;

    [Fact]
    public Task The_same_name_holds_each_clients_own_text() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        Assert.Equal("1 Z(I)", (await first.Ask(Parse("s", "select 1 as a"), Sync())).Text);
        Assert.Equal("1 Z(I)", (await second.Ask(Parse("s", "select 'two' as b"), Sync())).Text);
        for (var round = 0; round < 3; round++)
        {
            var one = await first.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync());
            Assert.Equal("2 T(a:23) D(1) C(SELECT 1) Z(I)", one.Text);
            var two = await second.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync());
            Assert.Equal("2 T(b:25) D(two) C(SELECT 1) Z(I)", two.Text);
        }
    });

    [Fact]
    public Task A_statement_follows_its_client_to_another_connection() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select $1::int + 1"), Sync());
        var blocker = await side.Open();
        await blocker.Query("begin");
        var replies = await client.Ask(Bind("", "s", "41"), Execute(), Sync());
        Assert.Equal("2 D(42) C(SELECT 1) Z(I)", replies.Text);
        await blocker.Query("commit");
        Assert.Equal("2 D(2) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s", "1"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task The_same_text_with_other_parameter_types_is_another_statement() => Compare(async side =>
    {
        const string text = "select pg_typeof($1), $1";
        var narrow = await side.Open();
        var wide = await side.Open();
        await narrow.Ask(Parse("s", text, Int4), Sync());
        await wide.Ask(Parse("s", text, Int8), Sync());
        Assert.Equal("t(23) T(pg_typeof:2206|?column?:23) Z(I)",
            (await narrow.Ask(DescribeStatement("s"), Sync())).Text);
        Assert.Equal("t(20) T(pg_typeof:2206|?column?:20) Z(I)",
            (await wide.Ask(DescribeStatement("s"), Sync())).Text);
        Assert.Equal("2 D(integer|7) C(SELECT 1) Z(I)", (await narrow.Ask(Bind("", "s", "7"), Execute(), Sync())).Text);
        Assert.Equal("2 D(bigint|7) C(SELECT 1) Z(I)", (await wide.Ask(Bind("", "s", "7"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task Parse_of_an_existing_name_is_refused_and_the_pipeline_skips_to_sync() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select 1"), Sync());
        var replies = await client.Ask(Parse("s", "select 2"), Bind("", "s"), Execute(), Sync());
        Assert.Equal("E(42P05) Z(I)", replies.Text);
        Assert.Equal("2 D(1) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task Parse_of_an_existing_name_with_the_same_text_is_refused_too() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select 1"), Sync());
        Assert.Equal("E(42P05) Z(I)", (await client.Ask(Parse("s", "select 1"), Sync())).Text);
        await client.Query("begin");
        Assert.Equal("E(42P05) Z(E)", (await client.Ask(Parse("s", "select 1"), Sync())).Text);
        Assert.Equal("C(ROLLBACK) Z(I)", (await client.Query("commit")).Text);
    });

    [Fact]
    public Task An_unknown_name_is_refused_except_by_close() => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "nobody"), Execute(), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(DescribeStatement("nobody"), Sync())).Text);
        Assert.Equal("E(34000) Z(I)", (await client.Ask(DescribePortal("nobody"), Sync())).Text);
        Assert.Equal("E(34000) Z(I)", (await client.Ask(Execute("nobody"), Sync())).Text);
        Assert.Equal("3 3 Z(I)", (await client.Ask(CloseStatement("nobody"), ClosePortal("nobody"), Sync())).Text);
        Assert.Equal("D(1)", (await client.Query("select 1"))[1].Text);
    });

    [Fact]
    public Task An_unknown_name_in_a_transaction_fails_the_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        Assert.Equal("E(26000) Z(E)", (await client.Ask(Bind("", "nobody"), Execute(), Sync())).Text);
        Assert.Equal("E(25P02) Z(E)", (await client.Query("select 1")).Text);
        Assert.Equal("E(25P02) Z(E)", (await client.Ask(Parse("x", "select 1"), Sync())).Text);
        Assert.Equal("1 2 n C(ROLLBACK) Z(I)", (await client.Extended("rollback")).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(DescribeStatement("x"), Sync())).Text);
    });

    [Fact]
    public Task A_name_whose_parse_failed_is_free() => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("E(42P01) Z(I)", (await client.Ask(Parse("s", "select * from later"), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s"), Sync())).Text);
        await client.Query("create table later (a int)");
        Assert.Equal("1 t() T(a:23) Z(I)",
            (await client.Ask(Parse("s", "select * from later"), DescribeStatement("s"), Sync())).Text);
        Assert.Equal("E(42601) Z(I)", (await client.Ask(Parse("t", "selekt"), Sync())).Text);
        Assert.Equal("1 Z(I)", (await client.Ask(Parse("t", "select 1"), Sync())).Text);
    });

    [Fact]
    public Task A_statement_parsed_in_a_transaction_that_rolled_back_lives_on() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Ask(Parse("s", "select 5"), Sync());
        await client.Query("rollback");
        Assert.Equal("2 D(5) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task Replies_keep_their_order_when_known_and_new_statements_mix() => Compare(async side =>
    {
        var teacher = await side.Open();
        await teacher.Ask(Parse("known", "select 1"), Sync());
        var client = await side.Open();
        var replies = await client.Ask(
            Parse("a", "select 1"), DescribeStatement("a"), CloseStatement("nobody"), Parse("b", "select 'new'"),
            CloseStatement("a"), Parse("a", "select 1"), Bind("", "a"), Execute(), Bind("", "b"), Execute(),
            CloseStatement("b"), Sync());
        Assert.Equal(
            "1 t() T(?column?:23) 3 1 3 1 2 D(1) C(SELECT 1) 2 D(new) C(SELECT 1) 3 Z(I)", replies.Text);
    });

    [Fact]
    public Task Close_then_parse_of_one_name_in_one_batch_replaces_it() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select 1"), Sync());
        var replies = await client.Ask(CloseStatement("s"), Parse("s", "select 2"), Bind("", "s"), Execute(), Sync());
        Assert.Equal("3 1 2 D(2) C(SELECT 1) Z(I)", replies.Text);
        await client.Send(CloseStatement("s"), Flush());
        Assert.Equal("3", (await client.Receive()).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s"), Sync())).Text);
    });

    [Fact]
    public Task Close_after_an_error_in_its_pipeline_does_not_happen() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select 1"), Sync());
        Assert.Equal("E(42601) Z(I)", (await client.Ask(Parse("t", "selekt"), CloseStatement("s"), Sync())).Text);
        Assert.Equal("2 D(1) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task Parse_after_an_error_in_its_pipeline_does_not_happen() => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("E(42601) Z(I)", (await client.Ask(Parse("t", "selekt"), Parse("s", "select 1"), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s"), Sync())).Text);
        Assert.Equal("1 Z(I)", (await client.Ask(Parse("s", "select 2"), Sync())).Text);
        Assert.Equal("2 D(2) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task More_statements_than_a_server_connection_keeps_stay_usable() => Compare(async side =>
    {
        const int count = 700;
        var client = await side.Open();
        await client.Send([.. Enumerable.Range(0, count).Select(i => Parse($"s{i}", $"select {i}")), Sync()]);
        Assert.Equal(count + 1, (await client.ReceiveUntilReady()).Count);
        var pipeline = Enumerable.Range(0, count).SelectMany(i => new[] { Bind("", $"s{i}"), Execute() });
        var replies = await client.Ask([.. pipeline, Sync()]);
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), replies.Rows.Select(r => r[0]));
        Assert.Equal("D(0)", (await client.Ask(Bind("", "s0"), Execute(), Sync()))[1].Text);
    });

    [Fact]
    public Task An_eviction_inside_a_failing_pipeline_loses_nothing() => Compare(async side =>
    {
        const int count = 600;
        var client = await side.Open();
        await client.Send([.. Enumerable.Range(0, count).Select(i => Parse($"s{i}", $"select {i}")), Sync()]);
        await client.ReceiveUntilReady();
        var replies = await client.Ask([
            .. Enumerable.Range(0, 300).SelectMany(i => new[] { Bind("", $"s{i}"), Execute() }),
            Extended("select 1/0"),
            .. Enumerable.Range(300, 300).SelectMany(i => new[] { Bind("", $"s{i}"), Execute() }), Sync()]);
        Assert.Equal("22012", replies.Error?.SqlState);
        foreach (var i in new[] { 0, 299, 300, 599 })
            Assert.Equal($"2 D({i}) C(SELECT 1) Z(I)", (await client.Ask(Bind("", $"s{i}"), Execute(), Sync())).Text);
    });

    [Theory]
    [InlineData("deallocate all", "DEALLOCATE ALL")]
    [InlineData("/* tidy */ DeAllocate -- odd\n ALL ;", "DEALLOCATE ALL")]
    [InlineData("deallocate prepare all", "DEALLOCATE ALL")]
    [InlineData("discard all", "DISCARD ALL")]
    [InlineData("  DISCARD\tALL", "DISCARD ALL")]
    public Task All_statements_end_by_sql(string statement, string tag) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await other.Ask(Parse("s", "select 'other'"), Sync());
        foreach (var isExtended in new[] { false, true })
        {
            await client.Ask(Parse("s", "select 1"), Parse("t", "select 2"), Sync());
            var replies = isExtended ? await client.Extended(statement) : await client.Query(statement);
            Assert.Contains($"C({tag})", replies.Text, StringComparison.Ordinal);
            Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s"), Sync())).Text);
            Assert.Equal("E(26000) Z(I)", (await client.Ask(DescribeStatement("t"), Sync())).Text);
        }
        Assert.Equal("2 D(other) C(SELECT 1) Z(I)", (await other.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task Deallocate_all_inside_a_multi_statement_string() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select 1"), Sync());
        var replies = await client.Query("select 1; deallocate all; select 2");
        Assert.Equal("T(?column?:23) D(1) C(SELECT 1) C(DEALLOCATE ALL) T(?column?:23) D(2) C(SELECT 1) Z(I)",
            replies.Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "s"), Sync())).Text);
    });

    [Fact]
    public Task Sql_and_protocol_share_one_name_space() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("p", "select $1::text"), Sync());
        Assert.Equal("T(text:25) D(hello) C(SELECT 1) Z(I)", (await client.Query("execute p('hello')")).Text);
        Assert.Equal("C(PREPARE) Z(I)", (await client.Query("prepare q (int) as select $1 * 2")).Text);
        Assert.Equal("2 D(42) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "q", "21"), Execute(), Sync())).Text);
        Assert.Equal("t(23) T(?column?:23) Z(I)", (await client.Ask(DescribeStatement("q"), Sync())).Text);
        Assert.Equal("E(42P05) Z(I)", (await client.Ask(Parse("q", "select 1"), Sync())).Text);
        Assert.Equal("E(42P05) Z(I)", (await client.Query("prepare p as select 1")).Text);
        Assert.Equal("C(DEALLOCATE) Z(I)", (await client.Query("deallocate p")).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", "p", "x"), Sync())).Text);
        Assert.Equal("3 Z(I)", (await client.Ask(CloseStatement("q"), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Query("execute q(1)")).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Query("deallocate q")).Text);
    });

    [Fact]
    public Task Sql_prepared_names_are_each_clients_own() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        Assert.Equal("C(PREPARE) Z(I)", (await first.Query("prepare s as select 'first'")).Text);
        Assert.Equal("E(26000) Z(I)", (await second.Query("execute s")).Text);
        Assert.Equal("C(PREPARE) Z(I)", (await second.Query("prepare s as select 'second'")).Text);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("first", (await first.Query("execute s")).Scalar);
            Assert.Equal("second", (await second.Query("EXECUTE S")).Scalar);
        }
        Assert.Equal("C(DEALLOCATE) Z(I)", (await first.Query("deallocate s")).Text);
        Assert.Equal("second", (await second.Query("execute \"s\"")).Scalar);
    });

    [Theory]
    [InlineData("prepare \"Mixed Case\" as select 1", "execute \"Mixed Case\"", "Mixed Case")]
    [InlineData("PREPARE Folded AS SELECT 1", "EXECUTE FOLDED", "folded")]
    [InlineData("prepare /* c */ s as select 1;", "/* a */ execute /* b */ s -- end", "s")]
    [InlineData("prepare \"a\"\"b\" as select 1", "execute \"a\"\"b\"", "a\"b")]
    public Task Sql_prepared_names_follow_the_rules_of_identifiers(string prepare, string execute, string name) =>
        Compare(async side =>
        {
            var client = await side.Open();
            Assert.Equal("C(PREPARE) Z(I)", (await client.Query(prepare)).Text);
            Assert.Equal("T(?column?:23) D(1) C(SELECT 1) Z(I)", (await client.Query(execute)).Text);
            Assert.Equal("2 D(1) C(SELECT 1) Z(I)", (await client.Ask(Bind("", name), Execute(), Sync())).Text);
        });

    [Fact]
    public Task Explain_and_create_table_run_prepared_statements_by_their_names() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("prepare s as select 1 as a");
        await client.Ask(Parse("p", "select 2 as b"), Sync());
        Assert.Null((await client.Query("explain (costs off) execute s")).Error);
        Assert.Equal("C(SELECT 1) Z(I)", (await client.Query("create table made as execute p")).Text);
        Assert.Equal("2", (await client.Query("select b from made")).Scalar);
    });

    [Fact]
    public Task A_fresh_parse_after_ddl_sees_the_new_columns() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Ask(Parse("s", "select * from t"), Bind("", "s"), Execute(), Sync());
        var other = await side.Open();
        await other.Query("alter table t add column b text");
        var fresh = await other.Ask(
            Parse("s", "select * from t"), Bind("", "s"), DescribePortal(""), Execute(), Sync());
        Assert.Equal("1 2 T(a:23|b:25) C(SELECT 0) Z(I)", fresh.Text);
        await client.Ask(CloseStatement("s"), Parse("s", "select * from t"), DescribeStatement("s"), Sync());
        Assert.Equal("2 C(SELECT 0) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task A_fresh_parse_sees_a_change_that_was_made_past_the_proxy() => Compare(async side =>
    {
        const string text = "select * from t";
        await using var admin = await ScriptedClient.Open(Ground.Admin);
        await (await side.Open()).Query("create table t (a int)");
        var users = new List<ScriptedClient>();
        for (var i = 0; i < 4; i++)
        {
            users.Add(await side.Open());
            await users[i].Ask(Parse("s", text), Bind("", "s"), Execute(), Sync());
        }
        for (var round = 0; round < 8; round++)
            await users[round % 4].Ask(Bind("", "s"), Execute(), Sync());
        await admin.Query("alter table t add column b text");
        var named = await side.Open();
        var unnamed = await side.Open();
        var sql = await side.Open();
        await named.Ask(Parse("s", text), Sync());
        await unnamed.Ask(Parse("", text), Sync());
        await sql.Query($"prepare s as {text}");
        for (var round = 0; round < 8; round++)
        {
            Assert.Equal("2 T(a:23|b:25) C(SELECT 0) Z(I)",
                (await named.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync())).Text);
            Assert.Equal("2 T(a:23|b:25) C(SELECT 0) Z(I)",
                (await unnamed.Ask(Bind("", ""), DescribePortal(""), Execute(), Sync())).Text);
            Assert.Equal("T(a:23|b:25) C(SELECT 0) Z(I)", (await sql.Query("execute s")).Text);
        }
    });

    [Fact]
    public Task A_changed_result_type_in_a_transaction_is_recovered_from() => OnlyThroughSento(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Ask(Parse("s", "select * from t"), Bind("", "s"), Execute(), Sync());
        await client.Query("begin; alter table t add column b text");
        Assert.Equal("2 T(a:23|b:25) C(SELECT 0) Z(T)",
            (await client.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync())).Text);
        await client.Query("rollback");
        Assert.Equal("2 C(SELECT 0) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task A_changed_result_type_outside_a_transaction_is_recovered_from() => OnlyThroughSento(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Ask(Parse("s", "select * from t"), Bind("", "s"), Execute(), Sync());
        var other = await side.Open();
        await other.Query("alter table t add column b text");
        var replies = await client.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync());
        Assert.Equal("2 T(a:23|b:25) C(SELECT 0) Z(I)", replies.Text);
    });

    [Fact]
    public Task The_unnamed_statement_survives_sync_and_dies_by_a_simple_query() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Ask(Parse("", "select 1"), Sync());
        await other.Extended("select 'other'");
        Assert.Equal("2 D(1) C(SELECT 1) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
        await other.Query("select 1");
        Assert.Equal("t() T(?column?:23) Z(I)", (await client.Ask(DescribeStatement(""), Sync())).Text);
        await client.Query("select 2");
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(DescribeStatement(""), Sync())).Text);
    });

    [Fact]
    public Task The_unnamed_statement_is_each_clients_own() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        await first.Ask(Parse("", "select 'first', $1::int"), Sync());
        await second.Ask(Parse("", "select 'second'"), Sync());
        Assert.Equal("2 D(first|3) C(SELECT 1) Z(I)", (await first.Ask(Bind("", "", "3"), Execute(), Sync())).Text);
        Assert.Equal("2 D(second) C(SELECT 1) Z(I)", (await second.Ask(Bind("", ""), Execute(), Sync())).Text);
        Assert.Equal("E(08P01) Z(I)", (await second.Ask(Bind("", "", "3"), Execute(), Sync())).Text);
    });

    [Fact]
    public Task A_failed_parse_of_the_unnamed_statement_ends_the_old_one() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("", "select 1"), Sync());
        Assert.Equal("E(42601) Z(I)", (await client.Ask(Parse("", "selekt"), Sync())).Text);
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
        await client.Ask(Parse("", "select 1"), Sync());
        Assert.Equal("E(42P01) Z(I)", (await client.Ask(Parse("", "select * from missing"), Sync())).Text);
        await client.Ask(Bind("", ""), Execute(), Sync());
        await client.Ask(CloseStatement(""), Sync());
        await client.Ask(DescribeStatement(""), Sync());
    });

    [Fact]
    public Task Statements_survive_the_end_of_every_server_connection() => OnlyThroughSento(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Ask(Parse("s", "select 'client'"), Parse("", "select 'unnamed'"), Sync());
        await other.Query("prepare s as select 'other'");
        await using var admin = await ScriptedClient.Open(Ground.Admin);
        await admin.Query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
        // A statement may still meet a connection in the moment of its end: after that there are only new
        // ones.
        var prober = await side.Open();
        for (var answered = 0; answered < 12; answered++)
        {
            if ((await prober.Query("select 1")).Error is not null)
                answered = 0;
        }
        Assert.Equal("2 D(client) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s"), Execute(), Sync())).Text);
        Assert.Equal("2 D(unnamed) C(SELECT 1) Z(I)", (await client.Ask(Bind("", ""), Execute(), Sync())).Text);
        Assert.Equal("other", (await other.Query("execute s")).Scalar);
    });

    [Fact]
    public Task Long_names_are_cut_by_sql_but_not_by_the_protocol() => Compare(async side =>
    {
        var client = await side.Open();
        var name = new string('n', 5000);
        await client.Ask(Parse(name, "select 1"), Sync());
        await client.Ask(Bind("", name), Execute(), Sync());
        await client.Ask(Bind("", name[..63]), Execute(), Sync());
        await client.Query($"prepare {name[..80]} as select 2");
        await client.Query($"execute {name[..63]}");
        await client.Ask(Bind("", name[..63]), Execute(), Sync());
    });

    [Fact]
    public Task Wrong_counts_and_values_of_parameters_are_the_servers_errors() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select $1::int, $2::text"), Sync());
        Assert.Equal("E(08P01) Z(I)", (await client.Ask(Bind("", "s", "1"), Execute(), Sync())).Text);
        Assert.Equal("E(22P02) Z(I)", (await client.Ask(Bind("", "s", "one", "x"), Execute(), Sync())).Text);
        Assert.Equal("2 D(~|~) C(SELECT 1) Z(I)", (await client.Ask(Bind("", "s", null, null), Execute(), Sync())).Text);
        byte[]?[] values = [[0, 0, 0, 9], "x"u8.ToArray()];
        Assert.Equal("2 T(int4:23/1|text:25/1) D(\\x00\\x00\\x00\\x09|x) C(SELECT 1) Z(I)",
            (await client.Ask(BindRaw("", "s", [1, 0], values, [1]), DescribePortal(""), Execute(), Sync())).Text);
    });
}
