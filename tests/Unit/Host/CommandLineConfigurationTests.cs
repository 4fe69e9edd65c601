using System.Collections.Immutable;
using Sento.Host.Configuration;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class CommandLineConfigurationTests
{
    [Fact]
    public void A_URL_and_an_address_are_enough()
    {
        var reading = Read("postgresql://app:secret@db:5433/shop");
        Assert.True(reading.IsGood);
        var proxy = Assert.Single(reading.Snapshot!.Proxies);
        Assert.Equal(["127.0.0.1:6432"], Assert.Single(proxy.Endpoints).Listen);
        var auth = Assert.Single(proxy.Auth);
        Assert.Equal("app", auth.Secret.UserName);
        Assert.Equal("secret"u8, auth.Secret.Password.Span);
        Assert.Equal("shop", Assert.Single(proxy.TargetGroup.Targets).DefaultDatabase);
    }

    [Fact]
    public void Every_property_has_an_option()
    {
        var reading = Read(
            "postgresql://app:secret@db", ("MaxConnections", "20"), ("IdleClientTimeout", "60"),
            ("TransactionTimeout", "5m"), ("RequireTLS", "true"), ("PoolMode", "session"),
            ("PinningRules", "RDS"),
            ("ClientPasswordAuthType", "POSTGRES_MD5"));
        Assert.True(reading.IsGood);
        var proxy = reading.Snapshot!.Proxies[0];
        Assert.Equal(20, proxy.TargetGroup.ConnectionPoolConfigurationInfo.MaxConnections);
        Assert.Equal(TimeSpan.FromMinutes(1), proxy.IdleClientTimeout);
        Assert.Equal(TimeSpan.FromMinutes(5), proxy.TransactionTimeout);
        Assert.True(proxy.RequireTLS);
        Assert.Equal(PoolMode.Session, proxy.Endpoints[0].PoolMode);
        Assert.Equal(PinningRules.Rds, proxy.PinningRules);
        Assert.Equal(ClientPasswordAuthType.PostgresMd5, proxy.Auth[0].ClientPasswordAuthType);
    }

    [Theory]
    [InlineData("MaxConnections", "--max-connections")]
    [InlineData("RequireTLS", "--require-tls")]
    [InlineData("IdleInTransactionTimeout", "--idle-in-transaction-timeout")]
    public void An_options_name_is_the_propertys(string property, string option) =>
        Assert.Equal(option, CommandLineConfiguration.OptionName(property));

    [Fact]
    public void All_faults_are_told_with_the_option_that_has_them()
    {
        var reading = Read(
            "postgresql://app:secret@db:99999", ("MaxConnections", "abc"), ("IdleClientTimeout", "0"),
            ("CertificateFile", "/no/such.pem"));
        var messages = reading.Findings.Select(found => found.Fault.Message).ToArray();
        Assert.Contains(
            messages, text => text.StartsWith("URL: \"99999\" is not a port", StringComparison.Ordinal));
        Assert.Contains(
            messages, text => text.StartsWith("--max-connections: \"abc\"", StringComparison.Ordinal));
        Assert.Contains("--idle-client-timeout: 0 is out of range; allowed: 1 to 28800", messages);
        Assert.Contains("--certificate-file: /no/such.pem: no such file", messages);
        Assert.Contains(
            messages, text => text.StartsWith("--private-key-file: is missing", StringComparison.Ordinal));
        Assert.Equal(5, messages.Length);
    }

    [Fact]
    public void The_password_need_not_stand_on_the_command_line()
    {
        Environment.SetEnvironmentVariable("SENTO_TEST_COMMAND_LINE", "from-environment");
        var inUrl = Read("postgresql://app:env:SENTO_TEST_COMMAND_LINE@db");
        Assert.Equal("from-environment"u8, inUrl.Snapshot!.Proxies[0].Auth[0].Secret.Password.Span);
        var line = Line("postgresql://app@db") with { Password = "env:SENTO_TEST_COMMAND_LINE" };
        var inOption = CommandLineConfiguration.Read(line);
        Assert.Equal("from-environment"u8, inOption.Snapshot!.Proxies[0].Auth[0].Secret.Password.Span);
    }

    [Fact]
    public void A_password_is_needed_unless_clients_prove_nothing_by_one()
    {
        Environment.SetEnvironmentVariable("PGPASSWORD", null);
        var found = Assert.Single(Read("postgresql://app@db").Findings);
        Assert.Contains("PGPASSWORD", found.Fault.Message, StringComparison.Ordinal);
        Assert.True(Read("postgresql://app@db", ("ClientPasswordAuthType", "TRUST")).IsGood);
    }

    private static ConfigurationReading Read(string url, params (string Name, string Value)[] values) =>
        CommandLineConfiguration.Read(Line(url, values));

    private static CommandLine Line(string url, params (string Name, string Value)[] values) =>
        new(
            url, ["127.0.0.1:6432"], null,
            values.ToImmutableDictionary(pair => pair.Name, pair => pair.Value));
}
