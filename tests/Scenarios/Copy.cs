using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>COPY both ways, by both protocols, and what is left on the wire when it fails.</summary>
public sealed class Copy(Ground ground) : Play(ground)
{
    private const string Table = "create table t (a int, b text)";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Copy_in_and_out(bool isExtended) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(Table);
        var prefix = isExtended ? "1 2 " : "";
        await client.Send(Start("copy t from stdin", isExtended));
        Assert.Equal($"{prefix}G(0:0,0)", (await client.ReceiveUntil('G')).Text);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        await client.Send(CopyData("1\tone\n2\t"), CopyData("two\n"), CopyData("3\t\\N\n"));
        Assert.Equal("C(COPY 3) Z(I)", (await client.Ask(CopyDone(), isExtended ? Sync() : [])).Text);
        await client.Send(Start("copy t to stdout", isExtended), isExtended ? Sync() : []);
        Assert.Equal(
            $"{prefix}H(0:0,0) d(1\\x09one\\x0a) d(2\\x09two\\x0a) d(3\\x09\\x5cN\\x0a) c C(COPY 3) Z(I)",
            (await client.ReceiveUntilReady()).Text);
    });

    [Fact]
    public Task Copy_by_a_prepared_statement() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Ask(Parse("in", "copy t from stdin"), Parse("out", "copy t to stdout"), Sync());
        for (var round = 1; round <= 3; round++)
        {
            await client.Send(Bind("", "in"), Execute(), CopyData($"{round}\tx\n"), CopyDone(), Sync());
            Assert.Equal("2 G(0:0,0) C(COPY 1) Z(I)", (await client.ReceiveUntilReady()).Text);
            var replies = await client.Ask(Bind("", "out"), Execute(), Sync());
            Assert.Equal(round, replies.Count(m => m.Code == 'd'));
        }
    });

    [Fact]
    public Task A_whole_copy_in_one_write() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Send(
            Query("begin"), Query("copy t from stdin"), CopyData("1\tx\n"), CopyDone(), Query("copy t from stdin"),
            CopyData("2\ty\n"), CopyDone(), Query("select count(*) from t"), Query("commit"));
        var replies = await client.ReceiveReady(5);
        Assert.Equal("2", replies.Scalar);
        Assert.Equal("CZGCZGCZTDCZCZ", replies.Codes);
    });

    [Fact]
    public Task Copy_fail_ends_the_copy_with_an_error() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Send(Query("copy t from stdin"), CopyData("1\tx\n"), CopyFail("no more"));
        Assert.Equal("G(0:0,0) E(57014) Z(I)", (await client.ReceiveUntilReady()).Text);
        await client.Send([.. Extended("copy t from stdin"), .. CopyFail("no more"), .. Sync()]);
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2000)]
    public Task A_server_error_in_the_middle_leaves_nothing_behind(int linesAfter) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(Table);
        await client.Send(Query("copy t from stdin"), CopyData("1\tone\n"), CopyData("two\tx\n"));
        Assert.Equal("G(0:0,0) E(22P02)", (await client.ReceiveUntil('E')).Text);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        // The client did not know, and sends on: late data belongs to nobody.
        await client.Send([.. Enumerable.Repeat(CopyData("3\tlate\n"), linesAfter), CopyDone(), Query("select 'after'")]);
        var replies = await client.ReceiveReady(2);
        Assert.Equal("after", replies.Scalar);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task A_server_error_in_an_extended_copy_skips_to_sync() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Send(Extended("copy t from stdin"), CopyData("bad\n"), CopyData("1\tx\n"), CopyDone(), Sync(),
            Extended("select 'after'"), Sync());
        var replies = await client.ReceiveReady(2);
        Assert.Equal("22P02", replies.Error?.SqlState);
        Assert.Equal("after", replies.Scalar);
    });

    [Fact]
    public Task Sync_and_flush_inside_a_copy_are_ignored() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Send(Extended("copy t from stdin"), Sync(), CopyData("1\tx\n"), Flush(), CopyData("2\ty\n"),
            Sync(), CopyDone(), Sync());
        var replies = await client.ReceiveUntilReady();
        Assert.Equal("C(COPY 2)", replies[^2].Text);
        Assert.Equal("2", (await client.Query("select count(*) from t")).Scalar);
    });

    [Theory]
    [InlineData(false, "select 1")]
    [InlineData(true, "select 1")]
    [InlineData(false, "prepare p as select 1")]
    public Task Another_message_inside_a_copy_ends_it_and_the_session(bool isExtended, string text) =>
        Compare(async side =>
        {
            var client = await side.Open();
            var other = await side.Open();
            await client.Query(Table);
            await client.Send(Start("copy t from stdin", isExtended));
            await client.ReceiveUntil('G');
            await client.Send(CopyData("1\tx\n"), Query(text));
            Assert.Equal("E(08P01) E(08P01)", (await client.ReceiveToEnd()).Text);
            Assert.Equal("0", (await other.Query("select count(*) from t")).Scalar);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Another_message_sent_behind_an_unended_copy_ends_the_session(bool isExtended) =>
        Compare(async side =>
        {
            var client = await side.Open();
            var other = await side.Open();
            await client.Query(Table);
            await client.Send(
                Start("copy t from stdin", isExtended), CopyData("1\tx\n"), Query("prepare p as select 1"));
            var prefix = isExtended ? "1 2 " : "";
            Assert.Equal($"{prefix}G(0:0,0) E(08P01) E(08P01)", (await client.ReceiveToEnd()).Text);
            Assert.Equal("0", (await other.Query("select count(*) from t")).Scalar);
        });

    [Fact]
    public Task A_sync_behind_the_query_of_a_copy_is_ignored() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Send(Query("copy t from stdin; copy t from stdin"), Sync(), CopyData("1\tx\n"), Sync(),
            CopyDone(), CopyData("2\tx\n"), CopyDone(), Query("select count(*) from t"));
        Assert.Equal("2", (await client.ReceiveReady(2)).Scalar);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Fact]
    public Task A_goodbye_inside_a_copy_undoes_it() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(Table);
        client.Hears = null;
        await client.Send(Query("copy t from stdin"), CopyData("1\tx\n"));
        await client.ReceiveUntil('G');
        await client.Send(Terminate());
        await client.ReceiveToEnd();
        Assert.Equal("0", (await other.Query("begin; lock table t; select count(*) from t; commit")).Scalar);
    });

    [Fact]
    public Task Copy_data_outside_a_copy_is_ignored() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Send(CopyData("stray"), CopyDone(), CopyFail("stray"), Query("select 1"));
        Assert.Equal("T(?column?:23) D(1) C(SELECT 1) Z(I)", (await client.ReceiveUntilReady()).Text);
        await client.Send(CopyData("stray"), Extended("select 2"), CopyDone(), Sync());
        Assert.Equal("2", (await client.ReceiveUntilReady()).Scalar);
    });

    [Fact]
    public Task Copies_in_a_multi_statement_string() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Send(Query("select 1; copy t from stdin; select count(*) from t; copy t to stdout; copy t from stdin"));
        await client.ReceiveUntil('G');
        await client.Send(CopyData("1\tx\n"), CopyDone());
        Assert.Equal("CTDCHdcCG", (await client.ReceiveUntil('G')).Codes);
        await client.Send(CopyData("2\ty\n"), CopyDone());
        Assert.Equal("C(COPY 1) Z(I)", (await client.ReceiveUntilReady()).Text);
    });

    [Fact]
    public Task Binary_and_csv_formats_pass_untouched() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table + "; insert into t values (1, 'one'), (null, E'\\t')");
        await client.Query("copy t to stdout (format binary)");
        await client.Query("copy t to stdout (format csv, header, force_quote *)");
        await client.Query("copy (select 1, 2) to stdout");
        await client.Query("copy t from '/no/such/file'");
        await client.Query("copy missing from stdin");
        await client.Query("copy (selekt) to stdout");
    });

    [Fact]
    public Task A_copy_in_a_transaction_that_fails_is_rolled_back() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query(Table);
        await client.Query("begin");
        await client.Send(Query("copy t from stdin"), CopyData("x\n"), CopyDone());
        Assert.Equal('E', (await client.ReceiveUntilReady())[^1].Status);
        await client.Send(Query("copy t from stdin"), CopyData("1\tx\n"), CopyDone());
        Assert.Equal("E(25P02) Z(E)", (await client.ReceiveUntilReady()).Text);
        await client.Query("rollback");
    });

    [Theory]
    [InlineData("copy t from stdin")]
    [InlineData("copy (select repeat('x', 1000) from generate_series(1, 100000)) to stdout")]
    public Task A_client_that_vanishes_in_a_copy_leaves_nothing(string statement) => Compare(async side =>
    {
        var watcher = await side.Open();
        await watcher.Query(Table);
        var client = await side.Open();
        await client.Send(Query($"begin; lock table t in access exclusive mode; {statement}"), CopyData("1\tx\n"));
        await client.ReceiveUntil(statement.Contains("from stdin", StringComparison.Ordinal) ? 'G' : 'H');
        client.Hears = null;
        client.Vanish();
        await watcher.Query("begin; lock table t; commit");
        Assert.Equal("0", (await watcher.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task Many_large_pieces_flow_both_ways() => Compare(async side =>
    {
        var client = await side.Open();
        client.Hears = null;
        await client.Query("create table big (b text)");
        var line = CopyData(new string('x', 70_000) + "\n");
        await client.Send(Query("copy big from stdin"));
        await client.ReceiveUntil('G');
        await client.SendRepeated(line, 300);
        Assert.Equal("C(COPY 300) Z(I)", (await client.Ask(CopyDone())).Text);
        await client.Send(Query("copy big to stdout"));
        var seen = await client.SkimUntilReady();
        Assert.Equal((300, 300 * 70_001L), seen['d']);
    });

    private static byte[] Start(string statement, bool isExtended) =>
        isExtended ? [.. Parse("", statement), .. Bind("", ""), .. Execute(), .. Flush()] : Query(statement);
}
