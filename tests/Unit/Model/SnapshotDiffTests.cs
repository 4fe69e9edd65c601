using Sento.Base;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Model;

public sealed class SnapshotDiffTests
{
    [Fact]
    public void The_same_configuration_read_twice_differs_in_nothing()
    {
        var again = Snapshots.Good with { Proxies = [Snapshots.Proxy("shop", "127.0.0.1:6432")] };
        Assert.Empty(SnapshotDiff.Describe(Snapshots.Good, again));
    }

    [Fact]
    public void A_changed_value_is_told_with_both()
    {
        var after = Snapshots.With(proxy => proxy with { IdleClientTimeout = TimeSpan.FromMinutes(5) });
        Assert.Equal(
            ["Proxy[shop]: IdleClientTimeout changed from 1800 to 300"],
            SnapshotDiff.Describe(Snapshots.Good, after));
    }

    [Fact]
    public void A_changed_password_is_told_without_either()
    {
        var after =
            Snapshots.With(proxy => proxy with { Auth = [Snapshots.Auth("app", "app", "another-secret")] });
        Assert.Equal(
            ["Proxy[shop] Auth[app]: password changed"], SnapshotDiff.Describe(Snapshots.Good, after));
    }

    [Fact]
    public void Parts_come_and_go_by_their_names()
    {
        var after = Snapshots.Good with
        {
            Proxies =
            [
                Snapshots.Good.Proxies[0] with
                {
                    Auth = [Snapshots.Auth("app", "app"), Snapshots.Auth("new", "new")],
                    Endpoints =
                        [new EndpointConfig { DBProxyEndpointName = "ro", Listen = ["127.0.0.1:6432"] }],
                },
                Snapshots.Proxy("jobs", "127.0.0.1:7000"),
            ],
        };
        Assert.Equal(
            [
                "Proxy[shop] Auth[new]: added", "Proxy[shop] Endpoint[default]: removed",
                "Proxy[shop] Endpoint[ro]: added", "Proxy[jobs]: added",
            ],
            SnapshotDiff.Describe(Snapshots.Good, after));
        Assert.Contains("Proxy[jobs]: removed", SnapshotDiff.Describe(after, Snapshots.Good));
    }

    [Fact]
    public void Pools_targets_and_certificates_are_compared()
    {
        var after = Snapshots.With(proxy => proxy with
        {
            Certificate = new CertificateConfig("/c", "/k"),
            TargetGroup = new TargetGroupConfig
            {
                Targets = [new TargetConfig { Host = "db", Port = 5432, Tls = TargetTls.Require }],
                ConnectionPoolConfigurationInfo = new PoolConfig { MaxConnections = 20 },
            },
        });
        Assert.Equal(
            [
                "Proxy[shop] Target[db:5432]: Tls changed from prefer to require",
                "Proxy[shop]: MaxConnections changed from 0 to 20", "Proxy[shop] Certificate: added",
            ],
            SnapshotDiff.Describe(Snapshots.Good, after));
    }

    [Fact]
    public void A_changed_listener_and_log_are_told()
    {
        var after = Snapshots.Good with
        {
            Admin = new AdminConfig { Listen = "127.0.0.1:8080", LogFormat = LogFormat.Json },
        };
        Assert.Equal(
            ["Admin: Listen changed from (not set) to 127.0.0.1:8080", "Log changed from text to json"],
            SnapshotDiff.Describe(Snapshots.Good, after));
    }

    [Fact]
    public void Secrets_are_equal_by_their_bytes()
    {
        var one = new SecretConfig("s", "u", SecretBytes.FromText("p"));
        Assert.Equal(one, new SecretConfig("s", "u", SecretBytes.FromText("p")));
        Assert.NotEqual(one, new SecretConfig("s", "u", SecretBytes.FromText("q")));
        Assert.DoesNotContain("hunter2", Snapshots.Good.Proxies[0].ToString(), StringComparison.Ordinal);
    }
}
