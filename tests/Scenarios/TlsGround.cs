using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>A PostgreSQL with TLS and a proxy with TLS before it, each with a certificate of one authority.</summary>
public sealed class TlsGround(Ground ground) : IAsyncLifetime
{
    private readonly TestCertificate _authority = TestCertificate.Authority();
    private readonly string _folder = Directory.CreateTempSubdirectory("sento-tls-").FullName;
    private PostgresServer? _server;
    private SentoProcess? _proxy;

    public PostgresServer Server => _server!;

    public ServerDoor Direct => _server!.Door();

    public ServerDoor? Through => _proxy?.Door();

    /// <summary>The server runs this text now.</summary>
    public async Task<bool> Runs(string text) => await _server!.Execute(
        $"select count(*) from pg_stat_activity where state = 'active' and query = '{text}'") is > 0L;

    public string CertificateLine { get; private set; } = "";

    public int TargetPort => _server!.Port;

    /// <summary>The target by TLS alone, as YAML.</summary>
    public string Target => OwnProxy.Target(TargetPort, ", Tls: require");

    public async ValueTask InitializeAsync()
    {
        using var certificate = _authority.SignServer();
        _server = await PostgresServer.Start(new PostgresOptions { Certificate = certificate });
        var (file, key) = certificate.WriteTo(_folder, "proxy");
        CertificateLine = $"Certificate: {{CertificateFile: {file}, PrivateKeyFile: {key}}}";
        if (ground.Through is not null)
            _proxy = await OwnProxy.Start(_server.Port, proxy: CertificateLine);
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
