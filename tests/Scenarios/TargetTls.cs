using System.Collections.Concurrent;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Relays;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>TLS and certificates between the proxy and its target, by each sslmode.</summary>
public sealed class TargetTls(TargetTls.Grounds grounds) : IClassFixture<TargetTls.Grounds>
{
    private const string IsTls = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

    [Theory]
    [InlineData("disable", "f")]
    [InlineData("allow", "f")]
    [InlineData("prefer", "t")]
    [InlineData("require", "t")]
    public async Task A_target_with_tls_is_dialled_as_its_sslmode_says(string mode, string isTls)
    {
        await using var sento = await OwnTarget(grounds.Tls.Port, $", Tls: {mode}");
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal(isTls, (await client.Query(IsTls)).Scalar);
    }

    [Theory]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public async Task A_certificate_of_the_right_authority_and_name_is_accepted(string mode)
    {
        await using var sento = await OwnTarget(grounds.Tls.Port,
            $", Tls: {mode}, AuthorityFile: {grounds.Authority}");
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal("t", (await client.Query(IsTls)).Scalar);
    }

    [Theory]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public async Task A_certificate_of_another_authority_is_refused(string mode)
    {
        await using var sento = await OwnTarget(
            grounds.Tls.Port, $", Tls: {mode}, AuthorityFile: {grounds.OtherAuthority}");
        await Refused(sento, "TLS");
    }

    [Fact]
    public async Task A_certificate_of_another_name_passes_verify_ca_and_not_verify_full()
    {
        await using var ca = await OwnTarget(
            grounds.OtherName.Port, $", Tls: verify-ca, AuthorityFile: {grounds.Authority}");
        await using var client = await ScriptedClient.Open(ca.Door());
        Assert.Equal("t", (await client.Query(IsTls)).Scalar);
        await using var full = await OwnTarget(
            grounds.OtherName.Port, $", Tls: verify-full, AuthorityFile: {grounds.Authority}");
        await Refused(full, "TLS");
    }

    [Fact]
    public async Task A_target_without_tls_is_refused_where_tls_is_required_and_taken_where_preferred()
    {
        await using var require = await OwnTarget(grounds.Plain.Port, ", Tls: require");
        await Refused(require, "does not speak TLS");
        await using var prefer = await OwnTarget(grounds.Plain.Port, ", Tls: prefer");
        await using var client = await ScriptedClient.Open(prefer.Door());
        Assert.Equal("f", (await client.Query(IsTls)).Scalar);
    }

    [Fact]
    public async Task A_cancel_goes_encrypted_where_its_statement_did()
    {
        var said = new ConcurrentQueue<string>();
        await using var relay = new PassingRelay(grounds.Tls.Port, newChange: fromServer => fromServer
            ? null
            : bytes => said.Enqueue(Convert.ToHexString(bytes.Span)));
        await using var sento = await OwnTarget(relay.Port, ", Tls: require");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Send(ToServer.Query("select pg_sleep(60)"));
        await Eventually.Holds(async () => await grounds.Tls.Execute(
            "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)'") is > 0L);
        await client.Cancel();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
        // Two connections ask for TLS, and nobody says CancelRequest in clear: 1234, 5678.
        Assert.Equal(2, said.Count(bytes => bytes == "0000000804D2162F"));
        Assert.DoesNotContain(said, bytes => bytes.Contains("04D2162E", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_that_wants_the_clients_certificate_gets_it()
    {
        await using var without = await OwnTarget(grounds.Tls.Port, ", Tls: require", "certified");
        await Refused(without, "certificate", "certified");
        await using var with = await OwnTarget(
            grounds.Tls.Port,
            ", Tls: require, ClientCertificate: "
            + $"{{CertificateFile: {grounds.Client.File}, PrivateKeyFile: {grounds.Client.Key}}}",
            "certified");
        await using var client = await ScriptedClient.Open(with.Door("certified"));
        Assert.Equal("certified", (await client.Query("select session_user")).Scalar);
    }

    [Fact]
    public async Task A_target_that_offers_only_the_bound_scram_is_signed_in_to()
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        var chosen = "";
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.ExpectStartup(certificate.Certificate);
            await connection.Send(ToClient.AuthenticationSasl(ScramExchange.Plus));
            var body = (await connection.Receive()).Body;
            chosen = System.Text.Encoding.UTF8.GetString(body.Span);
            await connection.Send(ToClient.Error("FATAL", "28P01", "that is enough"));
        });
        await using var sento = await OwnTarget(server.Port, ", Tls: require");
        await using var client = await ScriptedClient.Connect(sento.Door());
        await client.SignIn();
        Assert.StartsWith("SCRAM-SHA-256-PLUS", chosen, StringComparison.Ordinal);
        Assert.Contains("p=tls-server-end-point", chosen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certified", "certified", true)]
    [InlineData("certified", "app", false)]
    [InlineData("app", null, false)]
    public async Task Clients_may_sign_in_with_a_certificate_of_their_own_name(string user, string? name,
        bool isRight)
    {
        using var certificate = name is null ? null : grounds.Sign(name);
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(grounds.Plain.Port),
                proxy: $"ClientCertificateAuthorities: {grounds.Authority}",
                auth: "{SecretArn: app, ClientPasswordAuthType: CERTIFICATE}, "
                    + "{SecretArn: certified, ClientPasswordAuthType: CERTIFICATE}")
                .Replace("Secrets:\n", "Secrets:\n  certified: {username: certified, password: secret}\n",
                    StringComparison.Ordinal),
        });
        await using var client = await ScriptedClient.Connect(sento.Door(user, "") with
        {
            Tls = TlsUse.Requested,
            ClientCertificate = certificate?.Certificate,
        });
        var replies = await client.SignIn();
        if (isRight)
            Assert.Equal(user, (await client.Query("select session_user")).Scalar);
        else
            Assert.Equal("28000", replies.Error?.SqlState);
    }

    private static async Task Refused(SentoProcess sento, string word, string user = "app")
    {
        await using var client = await ScriptedClient.Connect(sento.Door(user));
        var error = (await client.SignIn()).Error;
        Assert.Contains(word, error?.FullText, StringComparison.Ordinal);
    }

    private static Task<SentoProcess> OwnTarget(int port, string more, string user = "app") =>
        SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(port, more), "MaxConnections: 2, ConnectionBorrowTimeout: 3",
                auth: $"{{SecretArn: {user}}}")
                .Replace("Secrets:\n", "Secrets:\n  certified: {username: certified, password: secret}\n",
                    StringComparison.Ordinal),
        });

    /// <summary>
    /// Servers with TLS, with TLS under another name, and without; one authority signs for all.
    /// </summary>
    public sealed class Grounds : IAsyncLifetime
    {
        private readonly TestCertificate _authority = TestCertificate.Authority();
        private readonly TestCertificate _other = TestCertificate.Authority("Another Authority");
        private readonly string _folder = RunFolder.Create("target-tls");

        public PostgresServer Tls { get; private set; } = null!;

        public PostgresServer OtherName { get; private set; } = null!;

        public PostgresServer Plain { get; private set; } = null!;

        public string Authority { get; private set; } = "";

        public string OtherAuthority { get; private set; } = "";

        public (string File, string Key) Client { get; private set; }

        public TestCertificate Sign(string name) => _authority.SignClient(name);

        public async ValueTask InitializeAsync()
        {
            Authority = _authority.WriteTo(_folder, "authority").CertificateFile;
            OtherAuthority = _other.WriteTo(_folder, "other").CertificateFile;
            using var client = _authority.SignClient("certified");
            Client = client.WriteTo(_folder, "client");
            using var certificate = _authority.SignServer();
            using var otherName = _authority.SignServer("elsewhere.example");
            const string setup = "create role certified login password 'secret'";
            Tls = await PostgresServer.Start(new PostgresOptions
            {
                Certificate = certificate,
                ClientAuthority = _authority,
                AccessRules = ["hostssl all certified 127.0.0.1/32 cert"],
                SetupSql = setup,
            });
            OtherName = await PostgresServer.Start(new PostgresOptions { Certificate = otherName });
            Plain = await PostgresServer.Start(new PostgresOptions { SetupSql = setup });
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in new[] { Tls, OtherName, Plain })
                await server.DisposeAsync();
            _authority.Dispose();
            _other.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
