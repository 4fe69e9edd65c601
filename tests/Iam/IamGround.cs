using System.Text.Json;
using Npgsql;
using Sento.Base;
using Sento.ControlPlane.Identities;
using Sento.Identity.DbAuth;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Identities;
using Sento.Tests.Support.Processes;
using Sento.Vault;
using Sento.Vault.Keys;

namespace Sento.Tests.Iam;

/// <summary>A real PostgreSQL, a proxy before it that takes tokens, and users who may make them.</summary>
public sealed class IamGround : IAsyncLifetime
{
    public const string Region = "eu-central-1";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// <summary>Of user fn: may connect as app and as either.</summary>
    public const string KeyId = "AKIAFUNCTION00000001";

    /// <summary>Of user bare, without a policy.</summary>
    public const string KeyWithoutPolicy = "AKIABARE000000000001";

    /// <summary>Of user barred: allowed by one statement, denied by another.</summary>
    public const string KeyOfTheBarred = "AKIABARRED0000000001";

    public const string InactiveKey = "AKIAINACTIVE00000001";

    /// <summary>What presigned GetCallerIdentity must be made for.</summary>
    public const string ServerId = "sento-tests";

    private readonly TestCertificate _authority = TestCertificate.Authority();
    private readonly string _folder = Directory.CreateTempSubdirectory("sento-iam-").FullName;

    public PostgresServer Server { get; private set; } = null!;

    public SentoProcess Proxy { get; private set; } = null!;

    /// <summary>Trusted: service accounts of its namespace shop are user fn.</summary>
    public TestIssuer Issuer { get; } = new();

    public AwsCli Aws { get; } = new(AwsCliKind.Current);

    public AwsCli OldAws { get; } = new(AwsCliKind.Distribution);

    /// <summary>
    /// A proxy with a vault, whose STS stands for AWS's: it checks the signatures of what is presigned.
    /// </summary>
    public SentoProcess Sts { get; private set; } = null!;

    public SecretVault Vault { get; private set; } = null!;

    /// <summary>Of the vault.</summary>
    public IdentityStore Identities { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var keys = Path.Combine(_folder, "keys");
        Vault = SecretVault.Create(
            Path.Combine(_folder, "vault"), KeyRingSource.OfFile(keys), "123456789012", Region);
        Identities = new IdentityStore(Vault);
        Server = await PostgresServer.Start(new PostgresOptions
        {
            SetupSql =
                "create role either login password 'secret'; create role plain login password 'secret'",
        });
        Sts = await Start(text =>
            $"Vault: {{Folder: \"{Vault.Folder}\", KeyRing: \"file:{keys}\"}}\n" + text);
        Proxy = await Start();
        await Sts.Metrics();
    }

    /// <summary>Another proxy, with something changed in its configuration.</summary>
    /// <param name="sts">Whom it asks who AWS's callers are; null: the stand-in.</param>
    public Task<SentoProcess> Start(Func<string, string>? change = null, Uri? sts = null)
    {
        var text = Configuration();
        return SentoProcess.Start(new SentoOptions
        {
            Configuration = change is null ? text : change(text),
            Environment = new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_STS"] =
                    sts?.ToString() ?? (Sts is null ? null : $"http://127.0.0.1:{Sts.AdminPort}"),
            },
        });
    }

    public string Configuration()
    {
        using var certificate = _authority.SignServer();
        var (file, key) = certificate.WriteTo(_folder, $"proxy{Guid.NewGuid():N}");
        return $$"""
            Admin: {Listen: "{admin}"}
            Secrets:
              app: {username: app, password: secret}
              either: {username: either, password: secret}
              plain: {username: plain, password: secret}
            Identities:
              Region: {{Region}}
              Account: "123456789012"
              Users:
                - UserName: fn
                  AccessKeys: [{AccessKeyId: {{KeyId}}, SecretAccessKey: {{Secret}}}]
                  Policies: [{PolicyName: connect, PolicyDocument: {{Policy("Allow")}}}]
                - UserName: bare
                  AccessKeys: [{AccessKeyId: {{KeyWithoutPolicy}}, SecretAccessKey: {{Secret}}}]
                - UserName: barred
                  AccessKeys: [{AccessKeyId: {{KeyOfTheBarred}}, SecretAccessKey: {{Secret}}}]
                  Policies:
                    - {PolicyName: connect, PolicyDocument: {{Policy("Allow")}}}
                    - {PolicyName: not-from-here, PolicyDocument: {{Policy("Deny")}}}
                - UserName: left
                  AccessKeys: [{AccessKeyId: {{InactiveKey}}, SecretAccessKey: {{Secret}}, Status: Inactive}]
                  Policies: [{PolicyName: connect, PolicyDocument: {{Policy("Allow")}}}]
              Issuers:
                - Issuer: {{Issuer.Url}}
                  Audiences: [sento, other]
                  Users: [{UserName: fn, Claims: ["sub=system:serviceaccount:shop:*"]}]
              AwsCallers:
                ServerId: {{ServerId}}
                Regions: [{{Region}}]
                Users:
                  - {UserName: fn, Arn: "arn:aws:iam::123456789012:role/app-*"}
                  - {UserName: fn, Arn: "arn:aws:iam::123456789012:user/app-*"}
                  - {UserName: bare, Arn: "arn:aws:iam::123456789012:user/bare"}
            Proxies:
              - DBProxyName: shop
                EngineFamily: POSTGRESQL
                Certificate: {CertificateFile: {{file}}, PrivateKeyFile: {{key}}}
                Auth:
                  - {SecretArn: app, IAMAuth: REQUIRED}
                  - {SecretArn: either, IAMAuth: ENABLED}
                  - {SecretArn: plain}
                Endpoints: [{Listen: ["{listen}"], AdvertisedHosts: ["db.example.com:5432"]}]
                TargetGroup:
                  Targets: [{Host: 127.0.0.1, Port: {{Server.Port}}}]
                  ConnectionPoolConfigurationInfo: {MaxConnections: 8}
            """;
    }

    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null)
            await Proxy.DisposeAsync();
        if (Sts is not null)
            await Sts.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
        await Aws.DisposeAsync();
        await OldAws.DisposeAsync();
        Vault?.Dispose();
        Issuer.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A token for a proxy, unless told otherwise a good one.</summary>
    public static string Token(
        SentoProcess proxy, string user = "app", string keyId = KeyId, string secret = Secret,
        string? host = null, int? port = null, string region = Region, TimeSpan age = default,
        string? sessionToken = null)
    {
        using var bytes = SecretBytes.FromText(secret);
        return DbAuthTokenMaker.Make(
            host ?? proxy.Host, port ?? proxy.Port, region, user, keyId, bytes, sessionToken,
            DateTimeOffset.UtcNow - age);
    }

    /// <summary>A presigned GetCallerIdentity by the stock CLI.</summary>
    /// <param name="server">What it is made for; the CLI calls it a cluster.</param>
    public async Task<string> EksToken(
        AccessKeyRecord key, string server = ServerId, string region = Region)
    {
        var finished = await Aws.Run(
            new Dictionary<string, string?>
            {
                ["AWS_ACCESS_KEY_ID"] = key.Id,
                ["AWS_SECRET_ACCESS_KEY"] = key.Secret,
            },
            ["eks", "get-token", "--cluster-name", server, "--region", region, "--output", "json"]);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        using var json = JsonDocument.Parse(finished.Output);
        return json.RootElement.GetProperty("status").GetProperty("token").GetString()!;
    }

    public static string ConnectionString(
        SentoProcess proxy, string password, string user = "app", bool usesTls = true) =>
        new NpgsqlConnectionStringBuilder(proxy.ConnectionString(user))
        {
            Password = password,
            SslMode = usesTls ? SslMode.Require : SslMode.Disable,
        }.ConnectionString;

    public static async Task<string> WhoAmI(
        SentoProcess proxy, string password, string user = "app", bool usesTls = true)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(proxy, password, user, usesTls));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select current_user", connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static string Policy(string effect) =>
        $"{{Version: 2012-10-17, Statement: {{Effect: {effect}, Action: \"rds-db:connect\", "
        + $"Resource: [\"arn:aws:rds-db:{Region}:123456789012:dbuser:prx-shop/app\", "
        + $"\"arn:aws:rds-db:{Region}:123456789012:dbuser:prx-shop/either\"]}}}}";
}
