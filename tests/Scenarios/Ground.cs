using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using Xunit;

namespace Sento.Tests.Scenarios;

/// <summary>What all plays stand on: a throwaway PostgreSQL and a proxy before it. Started once, ended with the tests.</summary>
/// <remarks>The proxy changes the server connection at every boundary, so that nothing works by luck.</remarks>
public sealed class Ground : IAsyncLifetime
{
    private SentoProcess? _proxy;

    public PostgresServer Server { get; private set; } = null!;

    /// <summary>The owner of the database: an ordinary role, as an application's is.</summary>
    public ServerDoor Direct => Server.Door();

    /// <summary>The cluster's superuser, past the proxy.</summary>
    public ServerDoor Admin => Server.Door(PostgresServer.Superuser);

    /// <summary>The same as <see cref="Direct"/> through the proxy; null while there is none.</summary>
    public ServerDoor? Through => _proxy?.Door();

    /// <summary>
    /// Where plays are only run directly, as SENTO_TEST_PROXY=no asks, what is about the proxy alone is
    /// skipped.
    /// </summary>
    public void NeedsProxy() =>
        Assert.SkipWhen(_proxy is null, "SENTO_TEST_PROXY=no leaves no proxy to run through.");

    public async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.Start(new PostgresOptions
        {
            Settings = new Dictionary<string, string> { ["max_prepared_transactions"] = "10" },
            SetupSql = $"create role helper; grant helper to {PostgresServer.User}",
        });
        if (Environment.GetEnvironmentVariable("SENTO_TEST_PROXY") != "no")
            _proxy = await SentoProcess.Start(new SentoOptions
            {
                Configuration = $$"""
                    Admin: {Listen: "{admin}"}
                    Secrets:
                      app: {username: app, password: secret}
                      super: {username: postgres, password: secret}
                    Proxies:
                      - DBProxyName: scenarios
                        EngineFamily: POSTGRESQL
                        Auth: [{SecretArn: app}, {SecretArn: super}]
                        Endpoints: [{Listen: ["{listen}"]}]
                        TargetGroup:
                          Targets: [{Host: 127.0.0.1, Port: {{Server.Port}}}]
                          ConnectionPoolConfigurationInfo: {MaxConnections: 4}
                    """,
                Environment = new Dictionary<string, string?> { ["SENTO_TEST_SWITCH"] = "always" },
            });
    }

    /// <summary>Who is connected to the proxy, and it to the server, for the text of a failure.</summary>
    public async Task<string> Connections()
    {
        if (_proxy is null)
            return "";
        try
        {
            var (clients, servers) = (await _proxy.Admin("/clients"), await _proxy.Admin("/servers"));
            return $"Clients: {clients.Text}\nServers: {servers.Text}";
        }
        catch (Exception broken)
        {
            return $"No answer of the proxy: {broken.Message}";
        }
    }

    /// <summary>An empty public schema, as before the first play.</summary>
    public async Task Clean()
    {
        await using var admin = await ScriptedClient.Open(Admin);
        foreach (var statement in new[]
        {
            "set client_min_messages = warning", "drop schema public cascade",
            "create schema public authorization app", "grant all on schema public to helper",
        })
        {
            if ((await admin.Query(statement)).Error is { } error)
                throw new InvalidOperationException($"{statement}: {error.FullText}");
        }
        await admin.Terminate();
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
    }
}
