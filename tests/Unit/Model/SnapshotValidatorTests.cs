using Sento.Base;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Model;

public sealed class SnapshotValidatorTests
{
    [Fact]
    public void A_good_snapshot_has_no_faults() => Assert.Empty(SnapshotValidator.Validate(Snapshots.Good));

    [Fact]
    public void Nothing_at_all_is_a_fault() =>
        AssertFault(ProxySnapshot.Empty, "Proxies", "at least one is needed");

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var snapshot = Snapshots.With(proxy => proxy with
        {
            DBProxyName = "",
            IdleClientTimeout = TimeSpan.Zero,
            SignInTimeout = TimeSpan.FromHours(1),
            Auth = [],
            Endpoints = [],
            TargetGroup = new TargetGroupConfig { Targets = [] },
        });
        Assert.Equal(6, SnapshotValidator.Validate(snapshot).Length);
    }

    [Fact]
    public void Names_of_proxies_are_unique_whatever_their_case() =>
        AssertFault(
            Snapshots.Good with
            {
                Proxies = [Snapshots.Proxy("shop", "127.0.0.1:1"), Snapshots.Proxy("SHOP", "127.0.0.1:2")],
            },
            "Proxies[1].DBProxyName", "another proxy is already named \"SHOP\"");

    [Theory]
    [InlineData("a", true)]
    [InlineData("Shop-2-b", true)]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123", true)]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234", false)]
    [InlineData("2shop", false)]
    [InlineData("-shop", false)]
    [InlineData("shop-", false)]
    [InlineData("sh--op", false)]
    [InlineData("sh_op", false)]
    [InlineData("shöp", false)]
    [InlineData("shop\n", false)]
    public void Name_of_a_proxy_is_what_rds_allows(string name, bool isAllowed) => Assert.Equal(
        isAllowed,
        SnapshotValidator.Validate(Snapshots.With(proxy => proxy with { DBProxyName = name })).IsEmpty);

    [Fact]
    public void Names_of_rotation_hooks_are_unique() => AssertFault(
        Snapshots.Good with
        {
            Vault = new VaultConfig { RotationHooks = ["mail=http://a.test/", "mail=http://b.test/"] },
        },
        "Vault.RotationHooks[1]", "another hook is already named \"mail\"");

    [Theory]
    [InlineData("mail")]
    [InlineData("=https://a.test/")]
    [InlineData("mail=ftp://a.test/")]
    [InlineData("mail=https://somebody:hush@a.test/")]
    public void Hook_that_is_none_is_refused_and_not_repeated(string hook)
    {
        var snapshot = Snapshots.Good with { Vault = new VaultConfig { RotationHooks = [hook] } };
        AssertFault(snapshot, "Vault.RotationHooks", "each is NAME=URL");
        Assert.DoesNotContain(SnapshotValidator.Validate(snapshot), fault => fault.Message.Contains("hush"));
    }

    [Theory]
    [InlineData(null, null, null, "Vault.Replicas[0]", "either Folder or Url")]
    [InlineData("/west", "https://a.test", "AKIA", "Vault.Replicas[0]", "either Folder or Url")]
    [InlineData("/west", null, "AKIA", "Vault.Replicas[0].AccessKeyId", "is for Url")]
    [InlineData(null, "https://a.test", null, "Vault.Replicas[0].AccessKeyId", "Url needs AccessKeyId")]
    [InlineData(null, "http://a.test", "AKIA", "Vault.Replicas[0].Url", "would carry secrets in clear")]
    [InlineData(null, "https://a:b@a.test", "AKIA", "Vault.Replicas[0].Url", "is not an address")]
    [InlineData(null, "https://a.test/?b", "AKIA", "Vault.Replicas[0].Url", "is not an address")]
    [InlineData(null, "a.test", "AKIA", "Vault.Replicas[0].Url", "is not an address")]
    public void Copies_are_kept_in_one_place_that_nobody_listens_to(
        string? folder, string? url, string? key, string path, string why)
    {
        using var secret = SecretBytes.FromText("secret");
        var replica = new ReplicaConfig
        {
            Region = "eu-west-1",
            Folder = folder,
            Url = url,
            AccessKeyId = key,
            SecretAccessKey = key is null ? null : secret,
        };
        AssertFault(Snapshots.Good with { Vault = new VaultConfig { Replicas = [replica] } }, path, why);
        AssertFault(
            Snapshots.Good with { Vault = new VaultConfig { Replicas = [replica, replica] } },
            "Vault.Replicas[1].Region", "another replica is already named \"eu-west-1\"");
    }

    [Theory]
    [InlineData("127.0.0.1:6432", "127.0.0.1:6432", true)]
    [InlineData("0.0.0.0:6432", "127.0.0.1:6432", true)]
    [InlineData("*:6432", "10.0.0.1:6432", true)]
    [InlineData("[::]:6432", "127.0.0.1:6432", true)]
    [InlineData("[::1]:6432", "[::1]:6432", true)]
    [InlineData("/tmp/s", "/tmp/s", true)]
    [InlineData("[::1]:6432", "127.0.0.1:6432", false)]
    [InlineData("0.0.0.0:6432", "[::1]:6432", false)]
    [InlineData("127.0.0.1:6432", "127.0.0.2:6432", false)]
    [InlineData("0.0.0.0:6432", "0.0.0.0:6433", false)]
    [InlineData("127.0.0.1:0", "127.0.0.1:0", false)]
    [InlineData("/tmp/s", "/tmp/t", false)]
    public void Addresses_must_not_overlap(string one, string other, bool overlap)
    {
        var snapshot =
            Snapshots.Good with { Proxies = [Snapshots.Proxy("a", one), Snapshots.Proxy("b", other)] };
        var faults =
            SnapshotValidator.Validate(snapshot).Where(fault => fault.Severity == FaultSeverity.Fault);
        Assert.Equal(overlap, faults.Any(fault => fault.Path == "Proxies[1].Endpoints[0].Listen[0]"));
    }

    [Fact]
    public void The_administration_listener_overlaps_too() =>
        AssertFault(
            Snapshots.Good with { Admin = new AdminConfig { Listen = "0.0.0.0:6432" } }, "Admin.Listen",
            "overlaps");

    [Fact]
    public void An_administration_listener_for_everybody_is_noted()
    {
        var snapshot = Snapshots.Good with { Admin = new AdminConfig { Listen = "0.0.0.0:8080" } };
        var note = Assert.Single(SnapshotValidator.Validate(snapshot));
        Assert.Equal(FaultSeverity.Note, note.Severity);
    }

    [Theory]
    [InlineData("127.0.0.1:6432", true)]
    [InlineData("[::1]:6432", true)]
    [InlineData("[::ffff:127.0.0.1]:6432", true)]
    [InlineData("localhost:6432", true)]
    [InlineData("/tmp/.s.PGSQL.6432", true)]
    [InlineData("0.0.0.0:6432", false)]
    [InlineData("*:6432", false)]
    [InlineData("[::]:6432", false)]
    [InlineData("10.0.0.1:6432", false)]
    public void Trust_is_for_this_machine_only(string listen, bool isAllowed)
    {
        var auth =
            Snapshots.Auth("app", "app", "") with { ClientPasswordAuthType = ClientPasswordAuthType.Trust };
        var snapshot =
            Snapshots.Good with { Proxies = [Snapshots.Proxy("a", listen) with { Auth = [auth] }] };
        Assert.Equal(isAllowed, SnapshotValidator.Validate(snapshot).IsEmpty);
    }

    [Fact]
    public void A_user_has_one_entry() =>
        AssertFault(
            Snapshots.With(
                proxy => proxy with { Auth = [Snapshots.Auth("one", "app"), Snapshots.Auth("two", "app")] }),
            "Proxies[0].Auth[1].SecretArn",
            "user \"app\" of secret \"two\" already has an entry, by secret \"one\"");

    [Fact]
    public void A_secret_needs_a_user_and_a_password()
    {
        AssertFault(
            Snapshots.With(proxy => proxy with { Auth = [Snapshots.Auth("one", "")] }),
            "Proxies[0].Auth[0].SecretArn", "has no username");
        AssertFault(
            Snapshots.With(proxy => proxy with { Auth = [Snapshots.Auth("one", "app", "")] }),
            "Proxies[0].Auth[0].SecretArn", "has no password");
    }

    [Fact]
    public void An_AuthQuery_lets_roles_in_without_entries()
    {
        var query = new AuthQueryConfig("q", "postgres", null) { Secret = Snapshots.Auth("q", "q").Secret };
        Assert.Empty(
            SnapshotValidator.Validate(Snapshots.With(proxy => proxy with { Auth = [], AuthQuery = query })));
    }

    [Fact]
    public void Certificates_of_clients_need_authorities() =>
        AssertFault(
            Snapshots.With(proxy => proxy with
            {
                Auth =
                [
                    Snapshots.Auth("a", "a") with
                    {
                        ClientPasswordAuthType = ClientPasswordAuthType.Certificate,
                    },
                ],
            }),
            "Proxies[0].Auth[0].ClientPasswordAuthType", "ClientCertificateAuthorities");

    [Fact]
    public void Token_is_a_password_so_that_a_method_without_one_excludes_it() => AssertFault(
        Snapshots.With(proxy => proxy with
        {
            ClientCertificateAuthorities = "ca.pem",
            Auth =
            [
                Snapshots.Auth("a", "a") with
                {
                    IAMAuth = IamAuth.Required,
                    ClientPasswordAuthType = ClientPasswordAuthType.Certificate,
                },
            ],
        }),
        "Proxies[0].Auth[0].IAMAuth", "CERTIFICATE and TRUST ask for none");

    [Fact]
    public void Idle_connections_are_a_part_of_all()
    {
        AssertFault(
            Snapshots.WithPool(
                pool => pool with { MaxConnectionsPercent = 50, MaxIdleConnectionsPercent = 51 }),
            "Proxies[0].TargetGroup.ConnectionPoolConfigurationInfo.MaxIdleConnectionsPercent",
            "0 to MaxConnectionsPercent, 50");
        AssertFault(
            Snapshots.WithPool(pool => pool with { MaxConnections = 5, MinIdle = 6 }),
            "Proxies[0].TargetGroup.ConnectionPoolConfigurationInfo.MinIdle", "0 to MaxConnections, 5");
    }

    [Fact]
    public void Targets_are_unique()
    {
        var target = new TargetConfig { Host = "db", Port = 5432 };
        AssertFault(
            Snapshots.With(
                proxy => proxy with { TargetGroup = new TargetGroupConfig { Targets = [target, target] } }),
            "Proxies[0].TargetGroup.Targets[1]", "another target");
    }

    [Fact]
    public void A_client_certificate_needs_TLS() =>
        AssertFault(
            Snapshots.WithTarget(target => target with
            {
                Tls = TargetTls.Disable, ClientCertificate = new CertificateConfig("/a", "/b"),
            }),
            "Proxies[0].TargetGroup.Targets[0].ClientCertificate", "without TLS");

    [Fact]
    public void No_fault_shows_a_password()
    {
        var snapshot = Snapshots.With(proxy => proxy with
        {
            Auth = [Snapshots.Auth("a", ""), Snapshots.Auth("b", "b"), Snapshots.Auth("c", "b")],
        });
        Assert.DoesNotContain(
            SnapshotValidator.Validate(snapshot),
            fault => fault.Message.Contains(Snapshots.Password, StringComparison.Ordinal));
    }

    private static void AssertFault(ProxySnapshot snapshot, string path, string words) =>
        Assert.Contains(
            SnapshotValidator.Validate(snapshot),
            fault => fault.Path == path && fault.Severity == FaultSeverity.Fault
                && fault.Message.Contains(words, StringComparison.Ordinal));
}
