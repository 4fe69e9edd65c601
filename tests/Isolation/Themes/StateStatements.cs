namespace Sento.Tests.Isolation.Themes;

/// <summary>What a script may contain besides the usual.</summary>
[Flags]
public enum Feature
{
    None = 0,

    /// <summary>LISTEN and NOTIFY. Then nothing ends a client's listening, since that races with what is on its way.</summary>
    Listening = 1,

    /// <summary>The clients are superusers: SET SESSION AUTHORIZATION.</summary>
    Superuser = 2,

    /// <summary>Client 0 changes state inside functions.</summary>
    Polluter = 4,
}

/// <summary>Statements about everything else that a session keeps: roles, temporary tables, locks, cursors.</summary>
public static class StateStatements
{
    /// <summary>All that a client can ask about its own session, in one row; it must never show another's.</summary>
    public static readonly Sql Look = new("""
        select current_user, session_user, current_setting('role'), current_setting('is_superuser'),
        current_setting('work_mem'), current_setting('timezone'), current_setting('search_path'),
        current_setting('application_name'), current_setting('statement_timeout'), current_setting('enable_seqscan'),
        current_setting('default_transaction_isolation'), current_setting('default_transaction_read_only'),
        current_setting('extra_float_digits'), current_setting('bytea_output'), current_setting('datestyle'),
        coalesce(current_setting('app.tenant', true), ''), coalesce(current_setting('other.x', true), ''),
        (select string_agg(objid || mode, ',' order by objid, mode) from pg_locks
          where locktype = 'advisory' and pid = pg_backend_pid() and granted),
        (select string_agg(relname, ',' order by relname) from pg_class where relnamespace = pg_my_temp_schema()
          and relkind in ('r', 'v', 'S')),
        (select string_agg(name, ',' order by name) from pg_cursors where is_holdable)
        """) { Name = "look" };

    public static Sql Transaction(Dice dice) => dice.Weighted<string>(
        (6, "begin"), (1, "start transaction"), (1, "begin isolation level repeatable read"), (1, "begin read only"),
        (6, "commit"), (1, "end"), (5, "rollback"), (1, "abort"), (1, "commit and chain"), (1, "rollback and chain"),
        (3, "savepoint a"), (2, "savepoint b"), (3, "rollback to a"), (2, "rollback to savepoint b"),
        (2, "release a"), (1, "release savepoint b"));

    public static Sql Error(Dice dice) => dice.Of<string>(
        "selekt 1", "select * from missing", "select 1/0", "select 'x'::int", "select no_such_function()",
        "insert into missing values (1)", "select ))", "fetch from nowhere", "select 1 as a, $$", "rollback to nowhere",
        "create table pg_catalog.x ()", "select 1/(random() * 0)::int");

    public static Sql Rows(Dice dice, int client) => dice.Of(
        $"insert into play.t{client} values ({dice.Below(5)})", $"delete from play.t{client} where a = {dice.Below(5)}",
        $"select count(*), sum(a) from play.t{client}", $"update play.t{client} set a = a + 1 returning a > 0",
        "select 1 as one", "select generate_series(1, 3) as n", $"select '2024-02-03 04:05:06+00'::timestamptz, 0.1::float8, '\\x41'::bytea",
        $"truncate play.t{client}", $"copy play.t{client} to stdout", "do $$ begin raise notice 'hello'; end $$",
        $"drop table if exists play.x{client}", $"create table play.x{client} (a int)", "values (1), (2)",
        $"table play.t{client}", new Sql("select $1::text || $2", "a", "b"), new Sql("select $1::int", (string?)null));

    public static Sql Role(Dice dice, Feature features) =>
        features.HasFlag(Feature.Superuser) && dice.OneIn(2)
            ? dice.Of<string>("set session authorization helper", "set session authorization default",
                "set local session authorization helper", "reset session authorization", "set session authorization app")
            : dice.Of<string>("set role helper", "set role none", "reset role", "set local role helper", "set role app",
                "select set_config('role', 'helper', false)", "set role nobody_at_all", "show role", "select current_user");

    public static Sql Temporary(Dice dice, int client) => dice.Of<string>(
        $"create temp table kept as select {client} as a", "create temp table kept (a int)",
        "create temporary table if not exists kept (a int) on commit delete rows",
        "create temp table short (a int) on commit drop", "create temp view seen as select 1 as a",
        $"insert into kept values ({client + 10})", "select * from kept order by a", "select * from short",
        "select * from seen", "drop table kept", "drop table if exists kept", "drop view seen", "discard temp",
        $"select {client} as a into temp kept", $"create table pg_temp.kept (a int)");

    public static Sql Lock(Dice dice)
    {
        var key = 1 + dice.Below(3);
        return dice.Weighted<string>(
            (5, $"select pg_try_advisory_lock({key})"), (5, $"select pg_advisory_unlock({key})"),
            (3, $"select pg_try_advisory_xact_lock({key})"), (2, $"select pg_try_advisory_lock_shared({key})"),
            (2, $"select pg_advisory_unlock_shared({key})"), (1, "select pg_advisory_unlock_all()"));
    }

    public static Sql Cursor(Dice dice) => dice.Of<string>(
        "declare c cursor with hold for select generate_series(1, 9)", "declare c cursor for select generate_series(1, 9)",
        "declare d no scroll cursor with hold for select 'd' || generate_series(1, 9)",
        "fetch c", "fetch 2 from c", "fetch d", "move 1 in c", "close c", "close d", "close all", "fetch backward 1 from c");

    public static Sql Listening(Dice dice, int client, int step)
    {
        var channel = dice.Of("news", "chat");
        return dice.Weighted<Sql>(
            (4, $"listen {channel}"), (4, $"notify {channel}, 'from {client} at {step}'"), (1, $"notify {channel}"),
            (2, new Sql("select pg_notify($1, $2)", channel, $"bound {step}")));
    }

    /// <summary>Changes that no text shows: only the server knows.</summary>
    public static Sql Hidden(Dice dice) => dice.Of<string>(
        "select play.hidden_set()", "select play.hidden_local_set()", "select play.hidden_temp()", "select play.hidden_lock()",
        "select play.hidden_role()", "do $$ begin set work_mem = '77MB'; end $$",
        "do $$ begin perform set_config('app.tenant', 'hidden', false); end $$",
        "do $$ begin perform pg_try_advisory_lock(77); end $$", "do $$ begin execute 'set ro' || 'le helper'; end $$",
        "do $$ begin execute 'create te' || 'mp table kept as select 77 as a'; end $$", "call play.hidden_commit()",
        "select set_config('work_' || 'mem', '78MB', false)", "do $$ begin execute 'prep' || 'are s1 as select 77'; end $$",
        "do $$ begin execute 'declare c cursor with hold for select 77'; end $$");
}
