using MySqlConnector;
using Npgsql;
using Sento.Identity.DbAuth;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.Iam.Targets;

/// <summary>
/// Targets that Sento signs in to with tokens of its own, as to RDS: no secret anywhere. For RDS stand real
/// servers whose passwords are checked by somebody who knows tokens.
/// </summary>
public sealed class TargetTokenTests : IDisposable
{
    private readonly TestCertificate _authority = TestCertificate.Authority();
    private readonly string _folder = Directory.CreateTempSubdirectory("sento-targets-").FullName;
    private readonly RdsDoorkeeper _doorkeeper = new();

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Postgres_is_signed_in_to_with_tokens_by_whom_a_token_lets_in()
    {
        var port = 0;
        using var door = new LdapDoor((name, password) =>
            _doorkeeper.LetsIn(name["uid=".Length..], password, port));
        using var certificate = _authority.SignServer();
        await using var server = await PostgresServer.Start(new PostgresOptions
        {
            Certificate = certificate,
            AccessRules =
            [
                $"hostssl all fn,other,barred 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport={door.Port} "
                    + "ldapprefix=\"uid=\"",
            ],
            SetupSql = "create role fn login; create role other login; create role barred login",
        });
        port = server.Port;
        await using var proxy = await Start("POSTGRESQL", port);

        Assert.Equal("fn", await WhoAmI(proxy, "fn"));
        // A user whom an entry names goes on as ever.
        Assert.Equal("app", await IamGround.WhoAmI(proxy, "secret"));
        Assert.Equal("28P01", (await Fails(proxy, "secret", "fn")).SqlState);
        var barred = IamGround.Token(proxy, user: "barred");
        Assert.Equal("28P01", (await Fails(proxy, barred, "barred")).SqlState);
        // Let in here, and not there.
        var refused = await Fails(proxy, IamGround.Token(proxy, user: "other"), "other");
        Assert.Contains("LDAP authentication failed for user \"other\"", refused.MessageText);

        Assert.Contains(("fn", DbAuthVerdict.Good), _doorkeeper.Book);
        Assert.Contains(("other", DbAuthVerdict.PolicyAbsent), _doorkeeper.Book);
        Assert.DoesNotContain(_doorkeeper.Book, entry => entry.User == "barred");
        // Each connection has its own; two of one second are the same text.
        var before = _doorkeeper.Book.Count;
        await server.Execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'fn'");
        await Eventually.Holds(async () =>
            await WhoAmI(proxy, "fn") == "fn" && _doorkeeper.Book.Count > before);
        Assert.Equal(("fn", DbAuthVerdict.Good), _doorkeeper.Book.Last());
        Assert.DoesNotContain("X-Amz-Signature", proxy.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MySqlKind.MariaDb, "secret")]
    [InlineData(MySqlKind.MySql, "")]
    public async Task MariaDb_and_MySql_are_signed_in_to_with_tokens_by_whom_a_token_lets_in(
        MySqlKind kind, string behind)
    {
        using var certificate = _authority.SignServer();
        await using var server = await MySqlServer.Start(new MySqlOptions
        {
            Kind = kind,
            SetupSql = $"create user if not exists 'fn'@'%' identified by '{behind}';\n"
                + "grant all on app.* to 'fn'@'%';",
        });
        MySqlTokenGate? gate = null;
        using var held = gate = new MySqlTokenGate(certificate, server.Port, behind, (user, token) =>
            _doorkeeper.LetsIn(user, token, gate!.Port));
        await using var proxy = await Start("MYSQL", gate.Port, "    ProbeUser: fn\n", auth: "");

        Assert.Equal("fn", await MySqlWhoAmI(proxy, IamGround.Token(proxy, user: "fn")));
        Assert.Equal(1045, (await Assert.ThrowsAsync<MySqlException>(
            () => MySqlWhoAmI(proxy, "secret"))).Number);
        Assert.All(_doorkeeper.Book, entry => Assert.Equal(("fn", DbAuthVerdict.Good), entry));
    }

    [Fact]
    public async Task Without_credentials_of_AWS_the_client_hears_why()
    {
        using var certificate = _authority.SignServer();
        await using var server = await PostgresServer.Start(
            new PostgresOptions { Certificate = certificate });
        await using var proxy = await Start("POSTGRESQL", server.Port, key: null);

        var error = await Fails(proxy, IamGround.Token(proxy, user: "fn"), "fn");

        Assert.Contains("no credentials of AWS's", error.MessageText, StringComparison.Ordinal);
        await proxy.WaitForLog("Targets can't be signed in to.");
        // Whom an entry names needs none.
        Assert.Equal("app", await IamGround.WhoAmI(proxy, "secret"));
    }

    private async Task<SentoProcess> Start(
        string engine, int port, string more = "", string auth = "Auth: [{SecretArn: app}]",
        string? key = RdsDoorkeeper.KeyId)
    {
        var (authority, _) = _authority.WriteTo(_folder, $"authority{Guid.NewGuid():N}");
        return await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                Secrets:
                  app: {username: app, password: secret}
                Identities:
                  Region: {{IamGround.Region}}
                  Account: "123456789012"
                  Users:
                    - UserName: fn
                      AccessKeys: [{AccessKeyId: {{IamGround.KeyId}}, SecretAccessKey: {{IamGround.Secret}}}]
                      Policies:
                        - PolicyName: connect
                          PolicyDocument:
                            Statement:
                              - {Effect: Allow, Action: "rds-db:connect", Resource: "*"}
                              - {Effect: Deny, Action: "rds-db:connect",
                                 Resource: "arn:aws:rds-db:*:*:dbuser:prx-shop/barred"}
                Proxies:
                  - DBProxyName: shop
                    EngineFamily: {{engine}}
                    DefaultAuthScheme: IAM_AUTH
                {{more}}    {{auth}}
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets:
                        - {Host: 127.0.0.1, Port: {{port}}, Tls: verify-full, AuthorityFile: {{authority}},
                           Region: {{IamGround.Region}}}
                """,
            Environment = new Dictionary<string, string?>
            {
                ["AWS_ACCESS_KEY_ID"] = key,
                ["AWS_SECRET_ACCESS_KEY"] = key is null ? null : RdsDoorkeeper.Secret,
                ["AWS_CONFIG_FILE"] = "/dev/null",
                ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
                ["AWS_EC2_METADATA_DISABLED"] = "true",
            },
        });
    }

    private static Task<string> WhoAmI(SentoProcess proxy, string user) =>
        IamGround.WhoAmI(proxy, IamGround.Token(proxy, user: user), user);

    private static Task<string> MySqlWhoAmI(SentoProcess proxy, string password) =>
        MySqlGround.WhoAmI(proxy, password, "fn");

    private static Task<PostgresException> Fails(SentoProcess proxy, string password, string user) =>
        Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(proxy, password, user));
}
