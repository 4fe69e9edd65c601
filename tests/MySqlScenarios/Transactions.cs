using Sento.Tests.Support.Databases;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// Transactions: begun, failed, nested, abandoned; status flags and counts are the server's own.
/// </summary>
public sealed class Transactions(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task Commit_and_rollback_and_their_counts(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        Assert.True((await client.Query("begin")).IsInTransaction);
        Assert.Equal("OK(2)", (await client.Query("insert into t values (1), (2)")).Text);
        Assert.False((await client.Query("commit")).IsInTransaction);
        await client.Query("start transaction");
        Assert.Equal("OK(2)", (await client.Query("delete from t")).Text);
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
        Assert.False((await client.Query("rollback")).IsInTransaction);
        Assert.Equal("2", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("begin");
        await client.Query("update t set a = 3");
        // Implicit commits: another BEGIN, and DDL.
        Assert.True((await client.Query("begin")).IsInTransaction);
        await client.Query("update t set a = 4");
        Assert.False((await client.Query("create table u (a int)")).IsInTransaction);
        await client.Query("rollback");
        Assert.Equal("4", (await client.Query("select a from t limit 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task Savepoints_in_and_outside_a_transaction(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("begin");
        await client.Query("insert into t values (1)");
        await client.Query("savepoint s");
        await client.Query("insert into t values (2)");
        Assert.Equal("OK(0)", (await client.Query("rollback to savepoint s")).Text);
        await client.Query("insert into t values (3)");
        Assert.Equal("OK(0)", (await client.Query("release savepoint s")).Text);
        Assert.Equal("ERR(1305)", (await client.Query("rollback to s")).Text);
        await client.Query("commit");
        Assert.Equal("(1) (3)", (await client.Query("select a from t order by a")).Text);
        // Without a transaction a savepoint is gone when its statement is done.
        await client.Query("savepoint lost");
        Assert.Equal("ERR(1305)", (await client.Query("rollback to lost")).Text);
        Assert.Equal("ERR(1305)", (await client.Query("release savepoint lost")).Text);
    });

    [Theory, OnBoth]
    public Task Commit_and_chain_and_release(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("begin");
        await client.Query("insert into t values (1)");
        Assert.True((await client.Query("commit and chain")).IsInTransaction);
        await client.Query("insert into t values (2)");
        Assert.True((await client.Query("rollback and chain")).IsInTransaction);
        Assert.False((await client.Query("commit")).IsInTransaction);
        Assert.Equal("1", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("begin");
        await client.Query("insert into t values (3)");
        Assert.Equal("OK(0)", (await client.Query("commit release")).Text);
        Assert.Null(await client.TryReadPacket());
        var other = await side.Open();
        Assert.Equal("2", (await other.Query("select count(*) from t")).Scalar);
    });

    [Theory, OnBoth]
    public Task Without_autocommit_the_next_statement_begins_a_transaction(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("set autocommit = 0");
        await side.Disturb();
        Assert.False((await client.Query("select 1")).IsInTransaction);
        await side.Disturb();
        Assert.True((await client.Query("insert into t values (1)")).IsInTransaction);
        Assert.Equal("0", (await other.Query("select count(*) from t")).Scalar);
        Assert.False((await client.Query("rollback")).IsInTransaction);
        Assert.True((await client.Query("insert into t values (2)")).IsInTransaction);
        await client.Query("commit");
        await side.Disturb();
        Assert.Equal("0", (await client.Query("select @@autocommit")).Scalar);
        Assert.Equal("1", (await other.Query("select count(*) from t")).Scalar);
        await client.Query("insert into t values (3)");
        await client.Query("set autocommit = 1");
        Assert.Equal("2", (await other.Query("select count(*) from t")).Scalar);
        await client.Query("insert into t values (4)");
        Assert.Equal("3", (await other.Query("select count(*) from t")).Scalar);
    });

    [Theory, OnBoth]
    public async Task A_definition_ends_the_transaction_and_its_connection_is_anybodys(MySqlKind on)
    {
        await using var one = await OwnProxy.Start(
            Grounds.Of(on).Server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 1");
        await OnlyThrough(on, Ground.DoorTo(one), async side =>
        {
            var client = await side.Open();
            var other = await side.Open();
            await client.Query("create table t (a int)");
            await client.Query("begin");
            Assert.True((await client.Query("insert into t values (1)")).IsInTransaction);
            Assert.Equal("ERR(1205)", (await other.Query("select count(*) from t")).Text);
            Assert.False((await client.Query("alter table t add column b int")).IsInTransaction);
            Assert.Equal("(1)", (await other.Query("select count(*) from t")).Text);
            await client.Query("rollback");
            Assert.Equal("(1)", (await other.Query("select count(*) from t")).Text);
        });
    }

    [Theory, OnBoth]
    public Task A_deadlock_ends_the_transaction_and_a_lock_that_is_not_granted_does_not(MySqlKind on) =>
        Compare(on, async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        await first.Query("create table t (id int primary key, a int)");
        await first.Query("insert into t values (1, 1), (2, 2)");
        await first.Query("set innodb_lock_wait_timeout = 1");
        await first.Query("begin");
        await first.Query("update t set a = 10 where id = 1");
        await second.Query("begin");
        await second.Query("update t set a = 20 where id = 2");
        Assert.Equal("ERR(1205)", (await first.Query("update t set a = 11 where id = 2")).Text);
        Assert.True((await first.Query("select 1")).IsInTransaction);
        await first.Query("set innodb_lock_wait_timeout = 50");
        await second.SendQuery("update t set a = 21 where id = 1");
        var deadlock = await first.Query("update t set a = 12 where id = 2");
        var other = await second.Receive();
        // The server chooses its victim; the other goes on.
        Assert.Single(new[] { deadlock, other }, reply => reply.Error?.Code == 1213);
        foreach (var (client, reply) in new[] { (first, deadlock), (second, other) })
        {
            Assert.Equal(reply.Error is null, (await client.Query("do 0")).IsInTransaction);
            await client.Query("rollback");
        }
        Assert.Equal("3", (await first.Query("select sum(a) from t")).Scalar);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task An_isolation_for_the_next_transaction_holds_for_it_alone(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("insert into t values (1)");
        await client.Query("set transaction isolation level read committed");
        Assert.Equal("0", (await client.Query("select row_count()")).Scalar);
        await side.Disturb();
        await client.Query("select 1");
        await side.Disturb();
        await client.Query("begin");
        Assert.Equal("1", (await client.Query("select a from t")).Scalar);
        await other.Query("update t set a = 2");
        Assert.Equal("2", (await client.Query("select a from t")).Scalar);
        await client.Query("commit");
        await client.Query("begin");
        Assert.Equal("2", (await client.Query("select a from t")).Scalar);
        await other.Query("update t set a = 3");
        Assert.Equal("2", (await client.Query("select a from t")).Scalar);
        await client.Query("commit");
        await client.Query("set transaction read only");
        await client.Query("begin");
        Assert.Equal("ERR(1792)", (await client.Query("insert into t values (4)")).Text);
        await client.Query("rollback");
        Assert.Equal("OK(1)", (await client.Query("insert into t values (4)")).Text);
        await client.Query("begin");
        Assert.Equal("ERR(1568)", (await client.Query("set transaction read only")).Text);
        await client.Query("rollback");
    });

    [Theory, OnBoth]
    public Task An_xa_transaction_is_finished_by_its_session_or_another(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("xa start 'one'");
        await side.Disturb();
        await client.Query("insert into t values (1)");
        Assert.Equal("ERR(1399)", (await client.Query("commit")).Text);
        await client.Query("xa end 'one'");
        Assert.Equal("OK(0)", (await client.Query("xa prepare 'one'")).Text);
        await side.Disturb();
        Assert.Equal("0", (await other.Query("select count(*) from t")).Scalar);
        Assert.Equal("OK(0)", (await client.Query("xa commit 'one'")).Text);
        Assert.Equal("1", (await other.Query("select count(*) from t")).Scalar);
        await client.Query("xa start 'two'");
        await client.Query("insert into t values (2)");
        await client.Query("xa end 'two'");
        Assert.Equal("OK(0)", (await client.Query("xa rollback 'two'")).Text);
        Assert.Equal("1", (await client.Query("select count(*) from t")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_client_that_leaves_in_a_transaction_leaves_nothing(MySqlKind on) =>
        Compare(on, async side =>
    {
        var watcher = await side.Open();
        await watcher.Query("create table t (a int primary key)");
        foreach (var vanishes in new[] { false, true })
        {
            var client = await side.Open();
            await client.Query("begin");
            await client.Query("insert into t values (1)");
            if (vanishes) client.Vanish();
            else await client.SendCommand([0x01]);
            // Waits for the row's lock, which goes with the transaction.
            await watcher.Query("begin");
            Assert.Equal("OK(1)", (await watcher.Query("insert into t values (1)")).Text);
            await watcher.Query("rollback");
            Assert.Equal("0", (await watcher.Query("select count(*) from t")).Scalar);
        }
    });

    [Theory, OnBoth]
    public Task A_read_only_transaction_says_so(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        var begun = await client.Query("start transaction read only");
        Assert.Equal(0x2001, begun.Ok!.Status & 0x2001);
        Assert.Equal("ERR(1792)", (await client.Query("insert into t values (1)")).Text);
        await client.Query("commit");
        await client.Query("start transaction with consistent snapshot");
        await side.Disturb();
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
        await client.Query("rollback");
    });
}
