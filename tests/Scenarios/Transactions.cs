using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Transactions: begun, failed, nested, abandoned; the status byte and the tags are the server's own.</summary>
public sealed class Transactions(Ground ground) : Play(ground)
{
    [Fact]
    public Task Commit_and_rollback_and_their_tags() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        Assert.Equal("C(BEGIN) Z(T)", (await client.Query("begin")).Text);
        Assert.Equal("C(INSERT 0 2) Z(T)", (await client.Query("insert into t values (1), (2)")).Text);
        Assert.Equal("C(COMMIT) Z(I)", (await client.Query("commit")).Text);
        Assert.Equal("C(BEGIN) Z(T)", (await client.Query("start transaction")).Text.Replace("START TRANSACTION", "BEGIN"));
        Assert.Equal("C(DELETE 2) Z(T)", (await client.Query("delete from t")).Text);
        Assert.Equal("C(ROLLBACK) Z(I)", (await client.Query("abort")).Text);
        Assert.Equal("2", (await client.Query("select count(*) from t")).Scalar);
        Assert.Equal("N(25P01) C(COMMIT) Z(I)", (await client.Query("end")).Text);
        Assert.Equal("N(25P01) C(ROLLBACK) Z(I)", (await client.Query("rollback")).Text);
        await client.Query("begin");
        Assert.Equal("N(25001) C(BEGIN) Z(T)", (await client.Query("begin")).Text);
        Assert.Equal("C(COMMIT) C(BEGIN) Z(T)", (await client.Query("commit; begin")).Text);
        await client.Query("commit and chain");
        Assert.Equal('T', client.Status);
        await client.Query("rollback and chain");
        await client.Query("rollback and no chain");
        Assert.Equal('I', client.Status);
    });

    [Fact]
    public Task A_failed_transaction_takes_only_its_end() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        await client.Query("select 1/0");
        foreach (var refused in new[] { "select 1", "set application_name = 'x'", "show timezone", "begin", "savepoint a" })
            Assert.Equal("E(25P02) Z(E)", (await client.Query(refused)).Text);
        Assert.Equal("I Z(E)", (await client.Query("")).Text);
        Assert.Equal("C(ROLLBACK) Z(I)", (await client.Query("commit")).Text);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Fact]
    public Task Savepoints_bring_back_a_failed_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("begin");
        await client.Query("insert into t values (1)");
        await client.Query("savepoint s");
        await client.Query("insert into t values (2)");
        await client.Query("select 1/0");
        Assert.Equal('E', client.Status);
        Assert.Equal("C(ROLLBACK) Z(T)", (await client.Query("rollback to savepoint s")).Text);
        await client.Query("insert into t values (3)");
        Assert.Equal("C(RELEASE) Z(T)", (await client.Query("release s")).Text);
        Assert.Equal("E(3B001) Z(E)", (await client.Query("rollback to s")).Text);
        await client.Query("rollback");
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
        Assert.Equal("E(25P01) Z(I)", (await client.Query("savepoint outside")).Text);
    });

    [Fact]
    public Task Two_transactions_at_once_do_not_see_each_other() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        await first.Query("create table t (a int)");
        await first.Query("begin");
        await first.Query("insert into t values (1)");
        await second.Query("begin isolation level repeatable read");
        Assert.Equal("0", (await second.Query("select count(*) from t")).Scalar);
        await first.Query("commit");
        Assert.Equal("0", (await second.Query("select count(*) from t")).Scalar);
        await second.Query("commit");
        Assert.Equal("1", (await second.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task A_serialization_failure_reaches_its_own_client() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        await first.Query("create table t (a int); insert into t values (1)");
        await first.Query("begin isolation level repeatable read; select * from t");
        await second.Query("update t set a = 2");
        Assert.Equal("40001", (await first.Query("update t set a = 3")).Error?.SqlState);
        Assert.Equal('E', first.Status);
        await first.Query("rollback");
        Assert.Equal("2", (await first.Query("select a from t")).Scalar);
    });

    [Theory]
    [InlineData("begin isolation level serializable, read only, deferrable")]
    [InlineData("begin transaction read only")]
    [InlineData("start transaction isolation level repeatable read read write")]
    [InlineData("BEGIN/* x */WORK")]
    [InlineData("begin; set transaction isolation level serializable")]
    [InlineData("begin; set transaction read only")]
    public Task What_begins_a_transaction_says_which_kind(string begin) => Compare(async side =>
    {
        var client = await side.Open();
        foreach (var statement in new[] { begin, "show transaction_isolation", "show transaction_read_only", "create table t ()", "rollback" })
        {
            await client.Query(statement);
            Assert.Equal(statement.StartsWith("roll", StringComparison.Ordinal), client.Status == 'I');
        }
        Assert.Equal("read committed", (await client.Query("show transaction_isolation")).Scalar);
    });

    [Fact]
    public Task Begin_then_a_pause_then_commit() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("begin");
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        Assert.Equal("C(COMMIT) Z(I)", (await client.Query("commit")).Text);
        await client.Query("begin");
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        Assert.Equal("C(SET) Z(T)", (await client.Query("set transaction isolation level serializable")).Text);
        Assert.Equal("serializable", (await client.Query("show transaction_isolation")).Scalar);
        await client.Query("select 1");
        Assert.Equal("25001", (await client.Query("set transaction isolation level read committed")).Error?.SqlState);
        await client.Query("rollback");
    });

    [Fact]
    public Task Now_stands_still_in_a_transaction_that_paused() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        var began = (await client.Query("select now() = transaction_timestamp(), pg_current_xact_id_if_assigned()")).Text;
        Assert.Contains("D(t|~)", began, StringComparison.Ordinal);
        await client.Query("create temp table stamp on commit drop as select now() as at");
        Assert.Equal("t", (await client.Query("select at = now() from stamp")).Scalar);
        await client.Query("commit");
    });

    [Fact]
    public Task Constraints_deferred_for_one_transaction_fail_at_its_commit() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int unique deferrable)");
        await client.Query("begin");
        await client.Query("set constraints all deferred");
        Assert.Equal("C(INSERT 0 2) Z(T)", (await client.Query("insert into t values (1), (1)")).Text);
        Assert.Equal("E(23505) Z(I)", (await client.Query("commit")).Text);
        Assert.Equal("E(23505) Z(I)", (await client.Query("insert into t values (1), (1)")).Text);
        Assert.Equal("E(23505) Z(I)", (await client.Extended("insert into t values (1), (1)")).Without("12n").Text);
    });

    [Fact]
    public Task What_must_not_run_in_a_transaction_is_refused_there() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        Assert.Equal("C(VACUUM) Z(I)", (await client.Query("vacuum t")).Text);
        await client.Query("begin");
        Assert.Equal("E(25001) Z(E)", (await client.Query("vacuum t")).Text);
        await client.Query("rollback");
        await client.Query("begin");
        Assert.Equal("E(25001) Z(E)", (await client.Query("discard all")).Text);
        await client.Query("rollback");
        Assert.Equal("E(25001) Z(I)", (await client.Query("select 1; vacuum t")).Without("TDC").Text);
        Assert.Equal("E(25001) Z(I)", (await client.Query("discard all; select 1")).Text);
        await client.Extended("vacuum t");
        Assert.Equal('I', client.Status);
    });

    [Fact]
    public Task A_prepared_transaction_is_finished_from_any_connection() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        await first.Query("create table t (a int)");
        await first.Query("begin; insert into t values (1)");
        Assert.Equal("C(PREPARE TRANSACTION) Z(I)", (await first.Query("prepare transaction 'two'")).Text);
        Assert.Equal("0", (await first.Query("select count(*) from t")).Scalar);
        Assert.Equal("C(COMMIT PREPARED) Z(I)", (await second.Query("commit prepared 'two'")).Text);
        Assert.Equal("1", (await first.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task A_procedure_that_commits_inside() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("""
            create procedure p() language plpgsql as $$
            begin
                for i in 1..4 loop
                    insert into t values (i);
                    if i % 2 = 0 then commit; else rollback; end if;
                end loop;
            end $$
            """);
        Assert.Equal("C(CALL) Z(I)", (await client.Query("call p()")).Text);
        Assert.Equal("2", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("begin");
        Assert.Equal("E(2D000) Z(E)", (await client.Query("call p()")).Text);
        await client.Query("rollback");
    });

    [Fact]
    public Task A_client_that_ends_in_a_transaction_leaves_nothing() => Compare(async side =>
    {
        var watcher = await side.Open();
        await watcher.Query("create table t (a int)");
        foreach (var vanishes in new[] { false, true })
        {
            var client = await side.Open();
            await client.Query("begin; insert into t values (1); lock table t; select pg_advisory_xact_lock(7)");
            if (vanishes)
                client.Vanish();
            else
                await client.Send(Terminate());
            // The lock is granted when the server has rolled back.
            await watcher.Query("begin; lock table t; select pg_advisory_xact_lock(7); commit");
            Assert.Equal("0", (await watcher.Query("select count(*) from t")).Scalar);
        }
    });

    [Fact]
    public Task A_client_that_ends_before_its_sync_leaves_nothing() => Compare(async side =>
    {
        var watcher = await side.Open();
        await watcher.Query("create table t (a int)");
        var client = await side.Open();
        await client.Send(Parse("", "insert into t values (1)"), Bind("", ""), Execute(), Flush());
        Assert.Equal("1 2 C(INSERT 0 1)", (await client.Receive(3)).Text);
        client.Vanish();
        await watcher.Query("begin; lock table t; commit");
        Assert.Equal("0", (await watcher.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task A_client_that_ends_in_the_middle_of_a_message_leaves_nothing() => Compare(async side =>
    {
        var watcher = await side.Open();
        await watcher.Query("create table t (a int)");
        var whole = Query("insert into t values (2); insert into t values (3)");
        foreach (var cut in new[] { 1, 4, 5, 20, whole.Length - 1 })
        {
            var client = await side.Open();
            await client.Query("begin; insert into t values (1)");
            await client.Send(whole[..cut]);
            client.Vanish();
            await watcher.Query("begin; lock table t; commit");
            Assert.Equal("0", (await watcher.Query("select count(*) from t")).Scalar);
        }
    });

    [Fact]
    public Task Statements_already_sent_run_even_if_the_client_says_goodbye_at_once() => Compare(async side =>
    {
        var watcher = await side.Open();
        await watcher.Query("create table t (a int)");
        var client = await side.Open();
        await client.Send(Query("insert into t values (1)"), Extended("insert into t values (2)"), Sync(), Terminate());
        var replies = await client.ReceiveToEnd();
        Assert.Equal("C(INSERT 0 1) Z(I) 1 2 n C(INSERT 0 1) Z(I)", replies.Text);
        Assert.Equal("2", (await watcher.Query("select count(*) from t")).Scalar);
    });

    [Fact]
    public Task Discard_all_is_refused_as_often_as_it_is_tried_in_a_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin");
        for (var round = 0; round < 3; round++)
            Assert.NotNull((await client.Query("discard all")).Error);
        await client.Query("rollback");
        Assert.Equal("C(DISCARD ALL) Z(I)", (await client.Query("discard all")).Text);
    });
}
