using System.Collections.Immutable;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Model;

public sealed class PropertyTests
{
    /// <summary>Amazon RDS API reference and CloudFormation: names, defaults and ranges.</summary>
    [Theory]
    [InlineData("RequireTLS", "false", "")]
    [InlineData("IdleClientTimeout", "1800", "1 to 28800")]
    [InlineData("DebugLogging", "false", "")]
    [InlineData("DefaultAuthScheme", "NONE", "NONE, IAM_AUTH")]
    public void A_proxy_has_RDSs_defaults_and_ranges(string name, string value, string range) =>
        AssertProperty(ProxyProperties.All, ProxyProperties.Blank, name, value, range);

    [Theory]
    [InlineData("MaxConnectionsPercent", "100", "1 to 100")]
    [InlineData("MaxIdleConnectionsPercent", null, "0 to 100")]
    [InlineData("ConnectionBorrowTimeout", "120", "0 to 300")]
    [InlineData("SessionPinningFilters", null, "EXCLUDE_VARIABLE_SETS")]
    [InlineData("InitQuery", null, "")]
    public void A_pool_has_RDSs_defaults_and_ranges(string name, string? value, string range) =>
        AssertProperty(PoolProperties.All, PoolProperties.Blank, name, value, range);

    [Theory]
    [InlineData("TargetRole", "READ_WRITE", "READ_WRITE, READ_ONLY")]
    public void An_endpoint_has_RDSs_defaults(string name, string value, string range) =>
        AssertProperty(EndpointProperties.All, EndpointProperties.Blank, name, value, range);

    [Theory]
    [InlineData("1", true)]
    [InlineData("100", true)]
    [InlineData("0", false)]
    [InlineData("101", false)]
    [InlineData("-1", false)]
    public void A_percentage_has_both_its_bounds(string text, bool isAllowed) =>
        AssertRange(PoolProperties.All, PoolProperties.Blank, "MaxConnectionsPercent", text, isAllowed);

    [Theory]
    [InlineData("0", true)]
    [InlineData("300", true)]
    [InlineData("301", false)]
    [InlineData("-1", false)]
    public void The_borrow_timeout_may_be_zero(string text, bool isAllowed) =>
        AssertRange(PoolProperties.All, PoolProperties.Blank, "ConnectionBorrowTimeout", text, isAllowed);

    [Theory]
    [InlineData("0", true)]
    [InlineData("10ms", true)]
    [InlineData("7d", true)]
    [InlineData("9ms", false)]
    [InlineData("8d", false)]
    public void A_transaction_timeout_of_zero_is_none(string text, bool isAllowed) =>
        AssertRange(ProxyProperties.All, ProxyProperties.Blank, "TransactionTimeout", text, isAllowed);

    [Theory]
    [InlineData("a", true)]
    [InlineData("shop-2", true)]
    [InlineData("A1-b2-C3", true)]
    [InlineData("2shop", false)]
    [InlineData("shop-", false)]
    [InlineData("sh--op", false)]
    [InlineData("sh_op", false)]
    [InlineData("", false)]
    public void A_name_follows_RDSs_pattern(string text, bool isAllowed) =>
        AssertRange(ProxyProperties.All, ProxyProperties.Blank, "DBProxyName", text, isAllowed);

    [Fact]
    public void A_name_may_have_63_characters()
    {
        AssertRange(ProxyProperties.All, ProxyProperties.Blank, "DBProxyName", new string('a', 63), true);
        AssertRange(ProxyProperties.All, ProxyProperties.Blank, "DBProxyName", new string('a', 64), false);
    }

    [Fact]
    public void Every_default_is_in_its_own_range()
    {
        AssertDefaults(ProxyProperties.All, ProxyProperties.Blank);
        AssertDefaults(AuthProperties.All, AuthProperties.Blank);
        AssertDefaults(EndpointProperties.All, EndpointProperties.Blank);
        AssertDefaults(TargetGroupProperties.All, TargetGroupProperties.Blank);
        AssertDefaults(TargetProperties.All, TargetProperties.Blank);
        AssertDefaults(PoolProperties.All, PoolProperties.Blank);
    }

    [Fact]
    public void What_is_shown_reads_back_as_the_same()
    {
        AssertRoundTrip(ProxyProperties.All, ProxyProperties.Blank);
        AssertRoundTrip(PoolProperties.All, PoolProperties.Blank);
        AssertRoundTrip(EndpointProperties.All, EndpointProperties.Blank);
        AssertRoundTrip(TargetProperties.All, TargetProperties.Blank);
        AssertRoundTrip(AuthProperties.All, AuthProperties.Blank);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("30", 30_000)]
    [InlineData("250ms", 250)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7d", 604_800_000)]
    public void A_duration_has_a_unit_or_is_seconds(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.True(DurationText.TryParse(DurationText.Show(duration), out var again));
        Assert.Equal(duration, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5 minutes")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("99999999999999999999d")]
    [InlineData("9999999999999d")]
    public void What_is_no_duration_is_not_read(string text) =>
        Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("requireTls", "; did you mean RequireTLS?")]
    [InlineData("idle_client_timeout", "; did you mean IdleClientTimeout?")]
    [InlineData("MaxConections", "; did you mean MaxConnections?")]
    [InlineData("InitQeury", "; did you mean InitQuery?")]
    [InlineData("Colour", "")]
    public void A_suggestion_is_close_or_there_is_none(string text, string expected) =>
        Assert.Equal(
            expected,
            Suggestion.For(text, ["RequireTLS", "IdleClientTimeout", "MaxConnections", "InitQuery"]));

    private static void AssertProperty<T>(
        ImmutableArray<Property<T>> table, T blank, string name, string? value, string range)
    {
        var property = table.Single(property => property.Name == name);
        Assert.Equal(PropertyOrigin.Rds, property.Origin);
        Assert.Equal(value, property.Show(blank));
        Assert.Equal(range, property.Range);
    }

    private static void AssertRange<T>(
        ImmutableArray<Property<T>> table, T blank, string name, string text, bool isAllowed)
    {
        var property = table.Single(property => property.Name == name);
        var reading = property.Read(blank, [text]);
        Assert.Equal(isAllowed, (reading.Fault ?? property.Check(reading.Record)) is null);
    }

    private static void AssertDefaults<T>(ImmutableArray<Property<T>> table, T blank)
    {
        foreach (var property in table.Where(property => !property.IsRequired))
            Assert.Null(property.Check(blank));
    }

    private static void AssertRoundTrip<T>(ImmutableArray<Property<T>> table, T blank)
    {
        foreach (var property in table.Where(property => property.Shape == PropertyShape.Text))
        {
            if (property.Show(blank) is not { Length: > 0 } text)
                continue;
            var reading = property.Read(blank, [text]);
            Assert.Null(reading.Fault);
            Assert.Equal(text, property.Show(reading.Record));
        }
    }
}
