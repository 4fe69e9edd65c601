using Sento.Tests.Drivers;
using Sento.Tests.Support.Databases;
using Xunit;

[assembly: AssemblyFixture(typeof(MySqlGrounds))]

namespace Sento.Tests.Drivers;

/// <summary>MariaDB and MySQL for this suite; each is started when it is first asked for.</summary>
public sealed class MySqlGrounds : IAsyncDisposable
{
    private readonly Lazy<Task<MySqlGround>> _mariaDb = new(() => MySqlGround.Start(MySqlKind.MariaDb));
    private readonly Lazy<Task<MySqlGround>> _mySql = new(() => MySqlGround.Start(MySqlKind.MySql));

    public Task<MySqlGround> Of(MySqlKind kind) => (kind == MySqlKind.MariaDb ? _mariaDb : _mySql).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var ground in new[] { _mariaDb, _mySql })
        {
            if (ground.IsValueCreated)
                await (await ground.Value).DisposeAsync();
        }
    }
}

/// <summary>A server of one kind, with room for a crowd that comes without a proxy.</summary>
public sealed class MySqlGround : IDriverGround, IAsyncDisposable
{
    private readonly MySqlServer _server;

    private MySqlGround(MySqlServer server) => _server = server;

    public MySqlServer Server => _server;

    public DriverTarget Target => new(
        _server.Host, _server.Port, ThrowawayServer.User, ThrowawayServer.Password, ThrowawayServer.Database);

    public string Url => _server.Url;

    public static async Task<MySqlGround> Start(MySqlKind kind)
    {
        var server = await MySqlServer.Start(new MySqlOptions { Kind = kind, ConnectionsMax = 300 });
        // Once it has seen the password in full, MySQL lets in those too who can't send it without TLS.
        await using var first = new MySqlConnector.MySqlConnection(server.ConnectionString());
        await first.OpenAsync();
        return new MySqlGround(server);
    }

    public Task Clean() => _server.Execute(
        $"drop database if exists {ThrowawayServer.Database}; create database {ThrowawayServer.Database}",
        "information_schema");

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
