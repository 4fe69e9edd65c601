using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>One database in which scripts are performed, one at a time: clean before each.</summary>
public sealed class Arena : IAsyncDisposable
{
    private readonly ServerDoor _adminDoor;
    private ScriptedClient _admin;

    private Arena(ScriptedClient admin, ServerDoor direct, ServerDoor? through)
    {
        _admin = admin;
        _adminDoor = admin.Door;
        Direct = direct;
        Through = through;
    }

    public ServerDoor Direct { get; }

    public ServerDoor? Through { get; }

    /// <summary>Makes the database and what all scripts use in it.</summary>
    public static async Task<Arena> Open(ServerDoor superuser, ServerDoor? proxy, string database)
    {
        await using (var creator = await ScriptedClient.Open(superuser with { Database = "postgres" }))
        {
            await Must(creator, $"drop database if exists {database} with (force)");
            await Must(creator, $"create database {database} owner app");
        }
        var direct = superuser with { User = "app", Database = database };
        var admin = await ScriptedClient.Open(superuser with { Database = database });
        await Must(admin, "set client_min_messages = error");
        foreach (var statement in Setup)
            await Must(admin, statement);
        return new Arena(admin, direct, proxy is null ? null : proxy with { Database = database });
    }

    /// <summary>As at the start; waits until nobody of the script before holds a lock any more.</summary>
    public async Task Clean()
    {
        await Revive();
        const string held = """
            select count(*) from pg_locks where locktype = 'advisory' and objid < 10
            and database = (select oid from pg_database where datname = current_database())
            """;
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while ((await Must(_admin, held)).Scalar != "0")
        {
            if (DateTime.UtcNow > deadline)
                throw new InvalidOperationException("Advisory locks outlive their clients by more than 10 s.");
            await Task.Yield();
        }
        // Making a file anew costs much, and most scripts leave most tables as they are.
        var touched = await Must(_admin, """
            set lock_timeout = '10s';
            select string_agg(oid::regclass::text, ', ') from pg_class
            where relnamespace = 'play'::regnamespace and relname like 't_' and pg_relation_size(oid) > 0
            """);
        var truncate = touched.Scalar is { } tables ? $"truncate {tables};" : "";
        await Must(_admin, $"{truncate} drop table if exists play.x0, play.x1, play.x2, play.x3");
    }

    /// <summary>A server process that crashes takes all connections with it, this one too.</summary>
    private async Task Revive()
    {
        try
        {
            if ((await _admin.Query("select 1")).Count > 0)
                return;
        }
        catch (IOException)
        {
            // Then it has ended in the rude way.
        }
        await _admin.DisposeAsync();
        await Eventually.Holds(async () =>
        {
            try
            {
                _admin = await ScriptedClient.Open(_adminDoor);
                return true;
            }
            catch (Exception notYet) when (notYet is InvalidOperationException or IOException)
            {
                return false;
            }
        });
        await Must(_admin, "set client_min_messages = error");
    }

    public async ValueTask DisposeAsync() => await _admin.DisposeAsync();

    private static async Task<Replies> Must(ScriptedClient client, string statement)
    {
        var replies = await client.Query(statement);
        return replies.Error is { } error
            ? throw new InvalidOperationException($"{statement}: {error.FullText}")
            : replies;
    }

    private static readonly string[] Setup =
    [
        "create schema play authorization app",
        "grant all on schema play to helper",
        "create table play.t0 (a int); create table play.t1 (a int); create table play.t2 (a int); create table play.t3 (a int)",
        "alter table play.t0 owner to app; alter table play.t1 owner to app; alter table play.t2 owner to app; alter table play.t3 owner to app",
        """
        create function play.hidden_set() returns text language plpgsql as $$
        begin
            set work_mem = '71MB';
            perform set_config('app.tenant', 'hidden', false), set_config('other.x', 'hidden', false);
            set statement_timeout = '71s'; set enable_seqscan = off;
            return 'set';
        end $$
        """,
        """
        create function play.hidden_local_set() returns text language plpgsql as $$
        begin
            set local work_mem = '72MB';
            perform set_config('timezone', 'Asia/Kabul', false);
            return 'set';
        end $$
        """,
        """
        create function play.hidden_temp() returns text language plpgsql as $$
        begin execute 'create temp table if not exists kept as select 73 as a'; return 'made'; end $$
        """,
        """
        create function play.hidden_lock() returns text language plpgsql as $$
        begin perform pg_try_advisory_lock(77), pg_try_advisory_lock_shared(78); return 'locked'; end $$
        """,
        """
        create function play.hidden_role() returns text language plpgsql as $$
        begin execute 'set role helper'; return 'changed'; end $$
        """,
        """
        create procedure play.hidden_commit() language plpgsql as $$
        begin set work_mem = '74MB'; commit; set enable_seqscan = off; rollback; end $$
        """,
    ];
}
