using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Session state that is no setting: roles, temporary objects, cursors, locks, sequences.</summary>
public sealed class State(Ground ground) : Play(ground)
{
    private const string Who = "select current_user, session_user, current_setting('role'), current_setting('is_superuser')";

    [Theory]
    [InlineData("set role helper")]
    [InlineData("set role 'helper'")]
    [InlineData("SET SESSION ROLE helper")]
    [InlineData("select set_config('role', 'helper', false)")]
    [InlineData("begin; set role helper; commit")]
    [InlineData("begin; set role helper; rollback")]
    [InlineData("begin; set local role helper; select 1; commit")]
    [InlineData("begin; savepoint a; set role helper; rollback to a; commit")]
    [InlineData("set role nobody_at_all")]
    [InlineData("set role postgres")]
    public Task A_role_is_its_clients_alone(string statement) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(statement);
        for (var round = 0; round < 2; round++)
        {
            await other.Query(Who);
            await client.Query(Who);
        }
        await client.Query("create table made ()");
        await other.Query("select relname, pg_get_userbyid(relowner) from pg_class where relname = 'made'");
        foreach (var reset in new[] { "reset all", "reset role" })
        {
            await client.Query(reset);
            await other.Query(Who);
            await client.Query(Who);
        }
        await client.Query(statement);
        await client.Query("set role none");
        await other.Query(Who);
        await client.Query(Who);
        await client.Query(statement);
        await client.Query("discard all");
        await other.Query(Who);
        await client.Query(Who);
    });

    [Theory]
    [InlineData("set session authorization helper")]
    [InlineData("set session authorization 'app'")]
    [InlineData("begin; set session authorization helper; rollback")]
    [InlineData("begin; set local session authorization helper; select session_user; commit")]
    [InlineData("set session authorization helper; set role app")]
    [InlineData("set role helper; set session authorization app")]
    public Task A_superusers_session_authorization_is_its_own(string statement) => Compare(async side =>
    {
        var super = side.Door with { User = Ground.Admin.User, Password = Ground.Admin.Password };
        var client = await side.Connect(super);
        await side.SignIn(client);
        var other = await side.Connect(super);
        await side.SignIn(other);
        var ordinary = await side.Open();
        await client.Query(statement);
        for (var round = 0; round < 2; round++)
        {
            await other.Query(Who);
            await ordinary.Query(Who);
            await client.Query(Who);
        }
        await client.Query("reset session authorization");
        await other.Query(Who);
        await client.Query(Who);
        await client.Query(statement);
        await client.Query("set session authorization default");
        await other.Query(Who);
        await client.Query(Who);
        await client.Query(statement);
        await client.Query("discard all");
        await client.Query(Who);
    });

    [Fact]
    public Task An_ordinary_role_cannot_become_another_session_user() => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("42501", (await client.Query("set session authorization postgres")).Error?.SqlState);
        Assert.Equal("42501", (await client.Query("set role postgres")).Error?.SqlState);
        await client.Query("set session authorization app");
        await client.Query(Who);
    });

    [Theory]
    [InlineData("create temp table mine (a int)", "mine")]
    [InlineData("create temporary table mine as select 1 as a", "mine")]
    [InlineData("CREATE LOCAL TEMP TABLE mine (a int) ON COMMIT DELETE ROWS", "mine")]
    [InlineData("create table pg_temp.mine (a int)", "mine")]
    [InlineData("select 1 as a into temp mine", "mine")]
    [InlineData("select 1 as a into temporary table mine", "mine")]
    [InlineData("create temp view mine as select 1 as a", "mine")]
    [InlineData("create temp sequence mine", "mine")]
    [InlineData("set search_path = pg_temp, public; create table mine (a int)", "mine")]
    [InlineData("create or replace temp view mine as select 1 as a", "mine")]
    [InlineData("create view pg_temp.mine as select 1 as a", "mine")]
    [InlineData("begin; create temp table mine (a int); commit", "mine")]
    [InlineData("begin; create temp table mine (a int); rollback", "mine")]
    [InlineData("create temp table if not exists mine (a int)", "mine")]
    [InlineData("create /* c */ temp -- d\n table mine (a int)", "mine")]
    public Task A_temporary_object_is_its_clients_alone(string statement, string name) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(statement);
        for (var round = 0; round < 3; round++)
        {
            await other.Query($"select * from {name}");
            await client.Query($"select * from {name}");
        }
        await other.Query(statement);
        await other.Query("discard temp");
        await client.Query($"select * from {name}");
        await client.Query("discard temp");
        await client.Query($"select * from {name}");
        var late = await side.Open();
        await late.Query($"select * from {name}");
    });

    [Fact]
    public Task A_temporary_table_shadows_a_real_one_for_its_client_only() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t as select 'real' as v");
        await client.Ask(Parse("s", "select v from t"), Sync());
        await other.Ask(Parse("s", "select v from t"), Sync());
        await client.Query("create temp table t as select 'temp' as v");
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal("temp", (await client.Query("select v from t")).Scalar);
            Assert.Equal("temp", (await client.Ask(Bind("", "s"), Execute(), Sync())).Scalar);
            Assert.Equal("real", (await other.Query("select v from t")).Scalar);
            Assert.Equal("real", (await other.Ask(Bind("", "s"), Execute(), Sync())).Scalar);
        }
        await client.Query("drop table pg_temp.t");
        Assert.Equal("real", (await client.Query("select v from t")).Scalar);
        Assert.Equal("real", (await client.Ask(Bind("", "s"), Execute(), Sync())).Scalar);
    });

    [Theory]
    [InlineData("set search_path = pg_temp, public")]
    [InlineData("select set_config('search_path', 'pg_temp,' || current_setting('search_path'), false)")]
    public Task A_path_with_the_temporary_schema_makes_tables_temporary(string path) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query(path);
        await client.Query("select 1");
        await client.Query("create table plain as select 'mine' as v");
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("mine", (await client.Query("select v from plain")).Scalar);
            Assert.Equal("42P01", (await other.Query("select v from plain")).Error?.SqlState);
            Assert.Equal("42P01", (await other.Query("select v from pg_temp.plain")).Error?.SqlState);
        }
        await client.Query("drop table plain");
    });

    [Fact]
    public Task Temporary_tables_and_the_end_of_their_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create temp table keeps (a int) on commit preserve rows");
        await client.Query("create temp table empties (a int) on commit delete rows");
        await client.Query("begin; create temp table drops (a int) on commit drop");
        await client.Query("insert into keeps values (1); insert into empties values (1); insert into drops values (1)");
        await client.Query("commit");
        await other.Query("select 1");
        Assert.Equal("1", (await client.Query("select count(*) from keeps")).Scalar);
        Assert.Equal("0", (await client.Query("select count(*) from empties")).Scalar);
        Assert.Equal("E(42P01) Z(I)", (await client.Query("select * from drops")).Text);
    });

    [Fact]
    public Task A_temporary_table_made_by_a_function_is_never_anothers() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("""
            create function makes() returns void language plpgsql as $$
            begin execute 'create te' || 'mp table hidden as select 1 as a'; end $$
            """);
        await client.Query("select makes()");
        for (var round = 0; round < 3; round++)
            Assert.Equal("42P01", (await other.Query("select * from hidden")).Error?.SqlState);
        Assert.Equal("42P01", (await (await side.Open()).Query("select * from hidden")).Error?.SqlState);
    });

    [Fact]
    public Task A_temporary_function_is_its_clients_alone() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create function pg_temp.f() returns int language sql as 'select 7'");
        Assert.NotNull((await other.Query("select pg_temp.f()")).Error);
        Assert.Equal("7", (await client.Query("select pg_temp.f()")).Scalar);
        Assert.NotNull((await other.Query("select pg_temp.f()")).Error);
        // Whether the schema itself is missing or the function in it depends on whether it was ever used.
    }, comparesTranscripts: false);

    [Fact]
    public Task A_cursor_held_over_commit_is_fetched_afterwards() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("begin; declare c cursor with hold for select generate_series(1, 5); commit");
        await other.Query("fetch c");
        Assert.Equal("1", (await client.Query("fetch c")).Scalar);
        Assert.Equal("34000", (await other.Query("fetch c")).Error?.SqlState);
        Assert.Equal("2", (await client.Query("fetch next from c")).Scalar);
        await other.Query("close all");
        await client.Query("move 1 in c");
        Assert.Equal("4", (await client.Extended("fetch c")).Scalar);
        await client.Query("close c");
        Assert.Equal("34000", (await client.Query("fetch c")).Error?.SqlState);
        await client.Query("declare d cursor with hold for select 1");
        await other.Query("select name from pg_cursors");
        await client.Query("close all");
        await client.Query("select count(*) from pg_cursors where name = 'd'");
    });

    [Fact]
    public Task A_cursor_lives_in_its_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        Assert.Equal("25P01", (await client.Query("declare c cursor for select 1")).Error?.SqlState);
        await client.Query("begin");
        await client.Query("declare c scroll cursor for select generate_series(1, 3)");
        await client.Query("fetch all c");
        await client.Query("fetch backward 2 from c");
        Assert.Equal("T(generate_series:23) D(3) s Z(T)",
            (await client.Ask(DescribePortal("c"), Execute("c", 1), Sync())).Text.Replace("C(SELECT 1)", "s"));
        await client.Query("commit");
        Assert.Equal("34000", (await client.Query("fetch c")).Error?.SqlState);
    });

    [Fact]
    public Task Session_advisory_locks_are_held_across_transactions() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("select pg_advisory_lock(1)");
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("f", (await other.Query("select pg_try_advisory_lock(1)")).Scalar);
            Assert.Equal("t", (await client.Query("select pg_try_advisory_lock(1)")).Scalar);
        }
        Assert.Equal("f", (await other.Query("select pg_advisory_unlock(1)")).Scalar);
        for (var held = 4; held > 0; held--)
        {
            Assert.Equal("f", (await other.Query("select pg_try_advisory_lock(1)")).Scalar);
            Assert.Equal("t", (await client.Query("select pg_advisory_unlock(1)")).Scalar);
        }
        Assert.Equal("f", (await client.Query("select pg_advisory_unlock(1)")).Scalar);
        Assert.Equal("t", (await other.Query("select pg_try_advisory_lock(1)")).Scalar);
        await other.Query("select pg_advisory_unlock_all()");
        Assert.Equal("t", (await client.Query("select pg_try_advisory_lock(1)")).Scalar);
        await client.Query("discard all");
        Assert.Equal("t", (await other.Query("select pg_try_advisory_lock(1)")).Scalar);
    });

    [Theory]
    [InlineData("select pg_try_advisory_lock(5)")]
    [InlineData("select pg_advisory_lock_shared(5)")]
    [InlineData("select pg_advisory_lock(0, 5)")]
    [InlineData("select pg_catalog.\"pg_advisory_lock\"(5)")]
    [InlineData("begin; select pg_advisory_lock(5); rollback")]
    [InlineData("begin; select pg_advisory_lock(5); commit")]
    [InlineData("select pg_advisory_lock(x) from (values (5), (6)) v(x)")]
    [InlineData("select locks()")]
    [InlineData("begin; select pg_advisory_xact_lock(5); commit")]
    [InlineData("select pg_advisory_xact_lock(5)")]
    public Task Whatever_takes_a_session_lock_keeps_it_from_others(string statement) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create function locks() returns void language plpgsql as $$ begin perform pg_advisory_lock(5); end $$");
        await client.Query(statement);
        for (var round = 0; round < 2; round++)
        {
            await other.Query("select pg_try_advisory_xact_lock(5), pg_try_advisory_xact_lock(0, 5)");
            await client.Query("select pg_try_advisory_xact_lock(5), pg_try_advisory_xact_lock(0, 5)");
        }
        await client.Query("select pg_advisory_unlock_all()");
        await other.Query("select pg_try_advisory_xact_lock(5), pg_try_advisory_xact_lock(0, 5)");
    });

    [Fact]
    public Task Session_locks_end_with_their_client() => Compare(async side =>
    {
        var other = await side.Open();
        foreach (var vanishes in new[] { true, false })
        {
            var client = await side.Open();
            await client.Query("select pg_advisory_lock(9)");
            Assert.Equal("f", (await other.Query("select pg_try_advisory_lock(9)")).Scalar);
            if (vanishes)
                client.Vanish();
            else
                await client.Terminate();
            await other.Query("select pg_advisory_lock(9)");
            Assert.Equal("t", (await other.Query("select pg_advisory_unlock(9)")).Scalar);
        }
    });

    [Fact]
    public Task A_current_value_is_its_clients_own_once_asked_for() => OnlyThroughSento(async side =>
    {
        var teacher = await side.Open();
        await teacher.Query("create sequence t");
        // Nobody has asked for it in another transaction before: its connection may be lost by now. Once is
        // no lesson where the proxy still asks the server about what was created.
        for (var lesson = 0; lesson < 3; lesson++)
        {
            await teacher.Query("select nextval('t')");
            Assert.True((await teacher.Query("select lastval()")).Error?.SqlState is null or "55000");
        }
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create sequence s; create sequence r start 100");
        Assert.Equal("1", (await client.Query("select nextval('s')")).Scalar);
        Assert.Equal("55000", (await other.Query("select currval('s')")).Error?.SqlState);
        Assert.Equal("2", (await other.Query("select nextval('s')")).Scalar);
        Assert.Equal("1", (await client.Query("select currval('s')")).Scalar);
        Assert.Equal("1", (await client.Query("select lastval()")).Scalar);
        Assert.Equal("2", (await other.Query("select lastval()")).Scalar);
        await client.Query("discard sequences");
        Assert.Equal("55000", (await client.Query("select lastval()")).Error?.SqlState);
    });

    [Theory]
    [InlineData("select lastval()")]
    [InlineData("select currval('s')")]
    [InlineData("do $$ begin perform lastval(); end $$")]
    [InlineData("select last_of_all()")]
    public Task The_current_value_of_another_client_never_answers(string question) => Compare(async side =>
    {
        var owner = await side.Open();
        await owner.Query("create sequence s; create table numbered (id serial)");
        await owner.Query("create function last_of_all() returns bigint language sql as 'select lastval()'");
        var clients = new List<ScriptedClient>();
        for (var i = 0; i < 4; i++)
            clients.Add(await side.Open());
        foreach (var client in clients)
            await client.Query("select nextval('s'); insert into numbered default values");
        var stranger = await side.Open();
        await stranger.Ask(Parse("asks", question), Sync());
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal("55000", (await stranger.Query(question)).Error?.SqlState);
            Assert.Equal("55000", (await stranger.Extended(question)).Error?.SqlState);
            Assert.Equal("55000", (await stranger.Ask(Bind("", "asks"), Execute(), Sync())).Error?.SqlState);
            Assert.Equal("55000", (await stranger.Query("execute asks")).Error?.SqlState);
        }
    });

    [Fact]
    public async Task Clients_that_advance_sequences_exhaust_no_pool()
    {
        await using var sento = await OwnProxy.Start(
            Ground.Server.Port, "MaxConnections: 2, ConnectionBorrowTimeout: 20");
        await Ground.Clean();
        await using var side = new Side("through Sento", sento.Door());
        var asker = await side.Open();
        await asker.Query("create table numbered (id serial)");
        await asker.Query("insert into numbered default values");
        await asker.Query("select 1");
        await asker.Query("select lastval()");
        for (var i = 0; i < 6; i++)
        {
            var client = await side.Open();
            var inserted = await client.Query("insert into numbered default values");
            Assert.Equal("C(INSERT 0 1) Z(I)", inserted.Text);
            var stranger = await side.Open();
            Assert.Equal("55000", (await stranger.Query("select lastval()")).Error?.SqlState);
        }
    }

    [Fact]
    public async Task A_value_is_its_clients_own_while_others_use_the_pool()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 3");
        await Ground.Clean();
        await using var side = new Side("through Sento", sento.Door());
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table numbered (id serial)");
        for (var round = 1; round < 20; round++)
        {
            await client.Query("insert into numbered default values");
            await other.Query("select count(*) from numbered");
            Assert.Equal($"{round}", (await client.Query("select lastval()")).Scalar);
            await other.Query("select count(*) from numbered");
            Assert.Equal($"{round}", (await client.Query("select currval('numbered_id_seq')")).Scalar);
        }
    }

    [Fact]
    public Task The_current_value_in_one_transaction() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (id int generated always as identity, v text)");
        await client.Query("begin; insert into t (v) values ('a')");
        await other.Query("insert into t (v) values ('b')");
        Assert.Equal("1", (await client.Query("select lastval()")).Scalar);
        Assert.Equal("1", (await client.Query("select currval(pg_get_serial_sequence('t', 'id'))")).Scalar);
        await client.Query("commit");
        await (await side.Open()).Query("select lastval()");
    });

    [Fact]
    public Task A_seed_is_its_clients_own() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("select setseed(0.5)");
        await other.Query("select setseed(0.25)");
        await client.Query("select random()");
        await other.Query("select random()");
        await client.Query("select random()");
    });
}
