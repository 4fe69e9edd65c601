using Sento.Tests.Support;

namespace Sento.Tests.ApiConformance;

/// <summary>A serving process with a vault; its API is what the tests talk to.</summary>
public sealed class ApiGround : IAsyncLifetime
{
    private SentoProcess? _process;

    public VaultGround Vault { get; } = new();

    public SentoProcess Process => _process!;

    public Uri Url => new($"http://127.0.0.1:{Process.AdminPort}/");

    public async ValueTask InitializeAsync()
    {
        _process = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                {{Vault.Section()}}
                Secrets:
                  nobody: {username: nobody, password: secret}
                Proxies:
                  - DBProxyName: api
                    EngineFamily: POSTGRESQL
                    RequireTLS: false
                    Auth: [{SecretArn: nobody}]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: 1}]
                """,
        });
        await _process.Metrics();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        Vault.Dispose();
    }
}
