using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A throwaway server of one kind and a proxy before it.</summary>
/// <remarks>
/// The proxy changes the server connection at every boundary, so that nothing works by luck.
/// </remarks>
public sealed class Ground(MySqlKind kind) : IAsyncDisposable
{
    private SentoProcess? _proxy;
    private ScriptedMySqlClient? _admin;

    public MySqlKind Kind => kind;

    public bool IsMariaDb => kind == MySqlKind.MariaDb;

    public MySqlServer Server { get; private set; } = null!;

    public SentoProcess Proxy => _proxy ?? throw new InvalidOperationException("No proxy.");

    public MySqlDoor Direct => Server.Door();

    public MySqlDoor Through => DoorTo(Proxy);

    public static MySqlDoor DoorTo(SentoProcess proxy, string user = "app", string password = "secret",
        string database = "app") => new(proxy.Door(user, password, database));

    public async Task Start()
    {
        Server = await MySqlServer.Start(new MySqlOptions { Kind = kind });
        _admin = await ScriptedMySqlClient.Open(Server.Door(MySqlServer.Superuser));
        await Run(Users());
        _proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(Server.Port),
            Environment = new Dictionary<string, string?> { ["SENTO_TEST_SWITCH"] = "always" },
        });
    }

    /// <summary>An empty database and nobody pinned, as before the first play.</summary>
    public async Task Clean()
    {
        await Eventually.Holds(async () => await Pins() == "[]");
        await Run("drop database if exists app", "drop database if exists other", "create database app",
            "create database other");
    }

    /// <summary>The sessions that are pinned now, and why, as the administration shows them.</summary>
    public async Task<string> Pins() => (await Proxy.Admin("/pins")).Text.Trim();

    public async ValueTask DisposeAsync()
    {
        if (_admin is not null)
            await _admin.DisposeAsync();
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
    }

    private async Task Run(params string[] statements)
    {
        foreach (var statement in statements)
        {
            if ((await _admin!.Query(statement)).Error is { } error)
                throw new InvalidOperationException($"{statement}: {error.Message}");
        }
    }

    /// <summary>Besides app and super: users of other ways to keep a password, and a role.</summary>
    private string[] Users() =>
    [
        "create role auditor", "grant all on other.* to app", "grant all on gone.* to app",
        "create database books", "create table books.secret (a int)", "grant select on books.* to auditor",
        "grant auditor to app",
        .. IsMariaDb
            ?
            [
                "install soname 'auth_ed25519'",
                "create user curve@'%' identified via ed25519 using password('secret')",
                "grant all on app.* to curve",
            ]
            : new[]
            {
                "create user fresh@'%' identified by 'secret'", "grant all on app.* to fresh",
                "grant session_variables_admin, connection_admin on *.* to app",
            },
    ];
}
