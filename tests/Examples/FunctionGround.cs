using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Examples;

/// <summary>
/// What the functions need: PostgreSQL with their table, and a proxy that takes nothing but tokens over TLS.
/// </summary>
public sealed class FunctionGround : IAsyncLifetime
{
    public const string Region = "eu-central-1";
    public const string KeyId = "AKIAEXAMPLE000000001";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    private readonly string _folder = RunFolder.Create("examples");

    public PostgresServer Server { get; private set; } = null!;

    public SentoProcess Proxy { get; private set; } = null!;

    /// <summary>The certificate of who signed the proxy's.</summary>
    public string AuthorityFile { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.Start(new PostgresOptions
        {
            SetupSql = "create table visit (name text not null); grant all on visit to app",
        });
        using var authority = TestCertificate.Authority();
        AuthorityFile = authority.WriteTo(_folder, "authority").CertificateFile;
        using var certificate = authority.SignServer();
        var (file, key) = certificate.WriteTo(_folder, "proxy");
        Proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                Secrets:
                  app: {username: app, password: secret}
                Identities:
                  Region: {{Region}}
                  Account: "123456789012"
                  Users:
                    - UserName: function
                      AccessKeys: [{AccessKeyId: {{KeyId}}, SecretAccessKey: {{Secret}}}]
                      Policies:
                        - PolicyName: connect
                          PolicyDocument:
                            Version: 2012-10-17
                            Statement:
                              Effect: Allow
                              Action: rds-db:connect
                              Resource: arn:aws:rds-db:{{Region}}:123456789012:dbuser:prx-shop/app
                Proxies:
                  - DBProxyName: shop
                    EngineFamily: POSTGRESQL
                    RequireTLS: true
                    Certificate: {CertificateFile: {{file}}, PrivateKeyFile: {{key}}}
                    Auth: [{SecretArn: app, IAMAuth: REQUIRED}]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: {{Server.Port}}}]
                      ConnectionPoolConfigurationInfo: {MaxConnections: 2}
                """,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null)
            await Proxy.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
