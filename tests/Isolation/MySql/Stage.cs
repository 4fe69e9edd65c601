using Sento.Tests.Support;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>
/// A schema, and another beside it, in which scenes are played one at a time: clean before each.
/// </summary>
public sealed class Stage : IAsyncDisposable
{
    private const int TableCount = 4;

    private readonly ScriptedMySqlClient _admin;
    private readonly ScriptedMySqlClient? _proxied;

    private Stage(string name, ScriptedMySqlClient admin, ScriptedMySqlClient? proxied)
    {
        Name = name;
        _admin = admin;
        _proxied = proxied;
    }

    public string Name { get; }

    /// <param name="through">Changes of tables are told to the proxy as well; null: there is none.</param>
    public static async Task<Stage> Open(string name, MySqlDoor superuser, MySqlDoor? through)
    {
        var admin = await ScriptedMySqlClient.Open(superuser);
        foreach (var statement in (string[])
            [$"drop database if exists {name}", $"create database {name}",
                $"drop database if exists {name}x", $"create database {name}x",
                $"grant all on {name}.* to app", $"grant all on {name}x.* to app", $"use {name}x",
                .. Routines, $"use {name}", .. Routines])
            await Must(admin, statement);
        var proxied = through is null ? null : await ScriptedMySqlClient.Open(through.To(name));
        return new Stage(name, admin, proxied);
    }

    /// <summary>As at the start; waits until nobody of the scene before holds a lock any more.</summary>
    public async Task Clean()
    {
        await Eventually.Holds(async () => (await Must(_admin, "select " + string.Join(" + ",
            Themes.LockLines.Names.Select(name => $"is_free_lock('{name}{Name}')")))).Scalar
                == $"{Themes.LockLines.Names.Length}");
        for (var i = 0; i < TableCount; i++)
        {
            await Must(_admin, $"drop table if exists {Name}.t{i}, {Name}.x{i}, {Name}x.t{i}, {Name}x.x{i}");
            await Must(_admin, $"create table {Name}.t{i} (id int auto_increment primary key, a int,"
                + " s varchar(3))");
        }
        if (_proxied is not null)
            await Must(_proxied, "drop table if exists nothing_of_this_name");
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        if (_proxied is not null)
            await _proxied.DisposeAsync();
    }

    private static async Task<MySqlReply> Must(ScriptedMySqlClient client, string statement)
    {
        var reply = await client.Query(statement);
        return reply.Error is { } error
            ? throw new InvalidOperationException($"{statement}: {error.Message}")
            : reply;
    }

    // Whether a procedure reads a table decides on MariaDB what becomes of warnings before it: here all do
    // (docs/protocols/mysql.md).
    private const string Reads = "do (select 0 from (select 0) t);";

    private static readonly string[] Routines =
    [
        $"create procedure sets() begin {Reads} set session sort_buffer_size = 77824,"
            + " sql_mode = 'ANSI_QUOTES'; set @hidden = 'set'; end",
        "create procedure fails() begin set session join_buffer_size = 77824; set @hidden = 'f';"
            + " select * from missing; end",
        .. Enumerable.Range(0, TableCount).Select(i => $"create procedure inserts{i}(n int) begin"
            + $" insert into t{i} (a) values (n); select 'x' as y; end"),
        "create procedure makes() begin create temporary table if not exists kept (a int);"
            + " insert into kept values (77); end",
        $"create procedure becomes() sql security invoker begin {Reads} set role stagehand; end",
        $"create procedure chooses() begin {Reads} set transaction read only; end",
        $"create procedure shows() begin {Reads} select @hidden, @a; end",
        "create function hides() returns int deterministic begin set @hidden = 'h'; return 7; end",
    ];
}
