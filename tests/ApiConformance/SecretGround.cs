using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance;

/// <summary>
/// A real PostgreSQL, and a proxy before it whose secret is somewhere: what opens the proxy is asked here.
/// </summary>
internal sealed class SecretGround : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private SentoProcess? _proxy;

    private SecretGround(PostgresServer server) => _server = server;

    public int Port => _server.Port;

    public SentoProcess Proxy => _proxy!;

    public static async Task<SecretGround> Start() => new(await PostgresServer.Start());

    /// <summary>Starts the proxy.</summary>
    /// <param name="vault">The section Vault, a line.</param>
    /// <param name="auth">The entries of Auth, the outermost braces left out.</param>
    /// <param name="more">Another property of the proxy, a line.</param>
    public async Task Serve(
        string vault, string auth, IReadOnlyDictionary<string, string?>? environment = null,
        string more = "DebugLogging: false") =>
        _proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                {{vault}}
                Proxies:
                  - DBProxyName: secrets
                    EngineFamily: POSTGRESQL
                    RequireTLS: false
                    {{more}}
                    Auth: [{ {{auth}} }]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: {{_server.Port}}}]
                """,
            Environment = environment ?? new Dictionary<string, string?>(),
        });

    public Task SetPassword(string password) => Execute($"ALTER ROLE app PASSWORD '{password}'");

    /// <summary>Past the proxy, with all rights.</summary>
    public Task Execute(string sql) => _server.Execute(sql);

    /// <summary>Whether the user app is turned away with this password.</summary>
    public async Task<bool> IsRefused(string password)
    {
        try
        {
            await Ask(password);
            return false;
        }
        catch (PostgresException error) when (error.SqlState is "28P01" or "28000")
        {
            return true;
        }
    }

    /// <summary>One, as the user app, on a connection of its own.</summary>
    public async Task<int> Ask(string password)
    {
        await using var client = new NpgsqlConnection(Proxy.ConnectionString(password: password));
        await client.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT 1", client);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }
}
