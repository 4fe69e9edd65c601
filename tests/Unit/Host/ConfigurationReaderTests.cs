using Sento.Host.Commands;
using Sento.Host.Configuration;
using Sento.Model;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class ConfigurationReaderTests
{
    private const string Smallest = """
        Secrets:
          app: {username: app, password: secret}
        Proxies:
          - DBProxyName: shop
            EngineFamily: POSTGRESQL
            Auth: [{SecretArn: app}]
            Endpoints: [{Listen: ["127.0.0.1:6432"]}]
            TargetGroup: {Targets: [{Host: db}]}
        """;

    /// <summary>
    /// The faults and notes of Files/many-faults.yaml: place, and words that must stand there.
    /// </summary>
    private static readonly (string Place, string Words)[] ManyFaults =
    [
        ("1:6", "\"xml\" is not one of text, json"),
        ("3:11", "Listen: 127.0.0.1:6432 overlaps with 0.0.0.0:6432"),
        ("7:35", "environment variable SENTO_TEST_NOT_SET is not set"),
        ("8:13", "username is missing"),
        ("8:55", "note: host has no effect"),
        ("8:65", "there is no property pasword in Secrets.nameless; did you mean password?"),
        ("10:18", "DBProxyName: \"-shop\" is not a name"),
        ("11:19", "\"POSTGRES\" is not one of POSTGRESQL, MYSQL; did you mean POSTGRESQL?"),
        ("12:5", "there is no property RequireTls in Proxies[0]; did you mean RequireTLS?"),
        ("13:24", "IdleClientTimeout: \"30m\" is not a whole number of seconds; allowed: 1 to 28800; "
            + "did you mean 1800?"),
        ("14:17", "RequireTLS: \"yes\" is neither true nor false"),
        ("15:14", "note: RoleArn: has no effect without DefaultAuthScheme IAM_AUTH"),
        ("16:5", "note: VpcSubnetIds has no effect here"),
        ("17:20", "SignInTimeout: 1h is out of range; allowed: 1s to 10m"),
        ("20:33", "ClientPasswordAuthType: TRUST would let anybody in at 0.0.0.0:6432"),
        ("21:20", "user \"app\" of secret \"twin\" already has an entry, by secret \"app\""),
        ("22:20", "Secrets has no entry \"ap\"; did you mean app?"),
        ("24:9", "SecretArn is missing"),
        ("24:18", "IAMAuth: \"ALWAYS\" is not one of DISABLED, ENABLED, REQUIRED"),
        ("26:34", "127.0.0.1:6432 overlaps with 0.0.0.0:6432"),
        ("26:52", "\"nowhere\" is not an address"),
        ("27:30", "another endpoint of this proxy is already named \"default\""),
        ("28:21", "note: TargetRole: the only target"),
        ("29:17", "must be a list"),
        ("32:11", "Host is missing"),
        ("32:17", "Port: 70000 is out of range; allowed: 1 to 65535"),
        ("35:36", "MaxIdleConnectionsPercent: 60 is out of range; allowed: 0 to MaxConnectionsPercent, 50"),
        ("37:9", "ConnectionBorrowTimeout stands here for the second time"),
        ("38:33", "note: SessionPinningFilters[0]: has no effect with POSTGRESQL"),
        ("38:56", "\"OTHER\" is not one of EXCLUDE_VARIABLE_SETS"),
        ("39:9", "there is no property MaxConections"),
    ];

    [Fact]
    public void Check_tells_every_fault_of_a_file_with_its_place_at_once()
    {
        var file = SourceTree.At("tests", "Unit", "Host", "Files", "many-faults.yaml");
        var output = new StringWriter();
        Assert.Equal(ExitCode.Fault, CheckCommand.Check(file, output));
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < Math.Min(lines.Length, ManyFaults.Length); i++)
        {
            Assert.StartsWith($"{file}:{ManyFaults[i].Place}: ", lines[i], StringComparison.Ordinal);
            Assert.Contains(ManyFaults[i].Words, lines[i], StringComparison.Ordinal);
        }
        Assert.Equal(ManyFaults.Length, lines.Length);
        Assert.DoesNotContain("hunter2", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_accepts_the_example()
    {
        var output = new StringWriter();
        Assert.Equal(
            ExitCode.Good, CheckCommand.Check(SourceTree.At("docs", "operating", "sento.yaml"), output));
        Assert.EndsWith("good: 2 proxies\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_of_a_file_that_is_not_there_ends_differently()
    {
        var output = new StringWriter();
        Assert.Equal(ExitCode.Usage, CheckCommand.Check("/no/such/file.yaml", output));
        Assert.Equal("/no/such/file.yaml: no such file\n", output.ToString());
    }

    [Fact]
    public void The_smallest_file_has_RDSs_defaults()
    {
        var proxy = Assert.Single(Good(Smallest).Proxies);
        Assert.Equal("shop", proxy.DBProxyName);
        Assert.Equal(TimeSpan.FromMinutes(30), proxy.IdleClientTimeout);
        var auth = Assert.Single(proxy.Auth);
        Assert.Equal(ClientPasswordAuthType.PostgresScramSha256, auth.ClientPasswordAuthType);
        Assert.Equal("app", auth.Secret.UserName);
        Assert.Equal("secret"u8, auth.Secret.Password.Span);
        Assert.Equal("default", Assert.Single(proxy.Endpoints).DBProxyEndpointName);
        var target = Assert.Single(proxy.TargetGroup.Targets);
        Assert.Equal(("db", 5432, TargetTls.Prefer), (target.Host, target.Port, target.Tls));
        Assert.Equal(
            new PoolConfig().MaxConnectionsPercent,
            proxy.TargetGroup.ConnectionPoolConfigurationInfo.MaxConnectionsPercent);
    }

    [Fact]
    public void Every_property_of_the_file_reaches_the_snapshot()
    {
        var snapshot = Good(File.ReadAllText(SourceTree.At("docs", "operating", "sento.yaml")));
        Assert.Equal("127.0.0.1:8080", snapshot.Admin.Listen);
        var (shop, jobs) = (snapshot.Proxies[0], snapshot.Proxies[1]);
        Assert.True(shop.RequireTLS);
        Assert.Equal(["0.0.0.0:6432", "/tmp/.s.PGSQL.6432"], shop.Endpoints[0].Listen);
        Assert.Equal(TargetRole.ReadOnly, shop.Endpoints[1].TargetRole);
        Assert.Equal(TargetTls.VerifyFull, shop.TargetGroup.Targets[1].Tls);
        var pool = shop.TargetGroup.ConnectionPoolConfigurationInfo;
        Assert.Equal((80, 20), (pool.MaxConnectionsPercent, pool.MaxIdleConnectionsPercent));
        Assert.Equal("SET statement_timeout = '30s'", pool.InitQuery);
        Assert.Equal(TimeSpan.FromMinutes(15), jobs.TransactionTimeout);
        Assert.Equal("sento_lookup", jobs.AuthQuery!.Secret.UserName);
        Assert.Equal(PoolMode.Session, jobs.Endpoints[1].PoolMode);
        Assert.Equal(TimeSpan.FromHours(1), jobs.TargetGroup.ConnectionPoolConfigurationInfo.ServerLifetime);
    }

    [Theory]
    [InlineData("", "1:1")]
    [InlineData("# nothing\n", "1:1")]
    [InlineData("a: [", "2:1")]
    [InlineData("a: b\n  c: d", "2:4")]
    [InlineData("a: *nobody", "1:4")]
    [InlineData("[1]: b", "1:1")]
    [InlineData("--- {}\n--- {}", "2:1")]
    [InlineData("- Proxies", "1:1")]
    public void What_is_no_configuration_at_all_has_a_place(string text, string place)
    {
        var found = Read(text).Findings[0];
        Assert.Equal(place, $"{found.At.Line}:{found.At.Column}");
    }

    [Fact]
    public void Nesting_has_a_bound()
    {
        var reading = Read(string.Concat(Enumerable.Repeat("[", 5000)));
        Assert.Contains("nested deeper", reading.Findings[0].Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Anchors_share_what_proxies_have_in_common()
    {
        var snapshot = Good("""
            Secrets: {app: {username: app, password: secret}}
            Proxies:
              - DBProxyName: one
                EngineFamily: POSTGRESQL
                Auth: &auth [{SecretArn: app}]
                Endpoints: [{Listen: ["127.0.0.1:1"]}]
                TargetGroup: &db {Targets: [{Host: db}]}
              - DBProxyName: two
                EngineFamily: POSTGRESQL
                Auth: *auth
                Endpoints: [{Listen: ["127.0.0.1:2"]}]
                TargetGroup: *db
            """);
        Assert.Equal(snapshot.Proxies[0].TargetGroup.Targets, snapshot.Proxies[1].TargetGroup.Targets);
    }

    [Fact]
    public void Secrets_come_from_the_environment_from_files_and_as_they_stand()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "password"), "from-file\n");
        Environment.SetEnvironmentVariable("SENTO_TEST_PASSWORD", "from-environment");
        var text = """
            Secrets:
              a: {username: a, password: "env:SENTO_TEST_PASSWORD"}
              b: {username: b, password: "file:password"}
              c: {username: c, password: "text:env:literally"}
            Proxies:
              - DBProxyName: shop
                EngineFamily: POSTGRESQL
                Auth: [{SecretArn: a}, {SecretArn: b}, {SecretArn: c}]
                Endpoints: [{Listen: ["127.0.0.1:1"]}]
                TargetGroup: {Targets: [{Host: db}]}
            """;
        var reading = ConfigurationReader.Read(new StringReader(text), folder.Path);
        Assert.True(reading.IsGood);
        var passwords = reading.Snapshot!.Proxies[0].Auth
            .Select(auth => System.Text.Encoding.UTF8.GetString(auth.Secret.Password.Span));
        Assert.Equal(["from-environment", "from-file", "env:literally"], passwords);
    }

    [Fact]
    public void Files_must_be_there_and_are_relative_to_the_configuration()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "cert.pem"), "");
        var text = Smallest + "\n    Certificate: {CertificateFile: cert.pem, PrivateKeyFile: key.pem}\n";
        var reading = ConfigurationReader.Read(new StringReader(text), folder.Path);
        var found = Assert.Single(reading.Findings);
        Assert.Contains("key.pem: no such file", found.Fault.Message, StringComparison.Ordinal);
        Assert.Equal(
            Path.Combine(folder.Path, "cert.pem"), reading.Snapshot!.Proxies[0].Certificate!.CertificateFile);
    }

    private static ConfigurationReading Read(string text) =>
        ConfigurationReader.Read(new StringReader(text), Environment.CurrentDirectory);

    private static ProxySnapshot Good(string text)
    {
        var reading = Read(text);
        Assert.Empty(reading.Findings.Select(found => $"{found.At}: {found.Fault.Message}"));
        return reading.Snapshot!;
    }
}
