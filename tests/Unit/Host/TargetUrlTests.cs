using System.Collections.Immutable;
using Sento.Host.Configuration;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class TargetUrlTests
{
    [Theory]
    [InlineData("postgresql://app:secret@db:5433/shop", "app", "secret", "db:5433", "shop")]
    [InlineData("postgres://app@db", "app", null, "db:5432", null)]
    [InlineData("postgresql://db/shop", null, null, "db:5432", "shop")]
    [InlineData("postgresql://", null, null, "localhost:5432", null)]
    [InlineData("POSTGRESQL://app@db/", "app", null, "db:5432", null)]
    [InlineData("postgresql://a%40b:p%3A%2F%3F%25@db/my%20db", "a@b", "p:/?%", "db:5432", "my db")]
    [InlineData("postgresql://app:p@ss:word@db/shop", "app", "p@ss:word", "db:5432", "shop")]
    [InlineData("postgresql://app:secret@[::1]:5433/shop", "app", "secret", "::1:5433", "shop")]
    [InlineData("postgresql://[2001:db8::1]/shop", null, null, "2001:db8::1:5432", "shop")]
    [InlineData("postgresql://app@/shop?host=/run/postgresql", "app", null, "/run/postgresql:5432", "shop")]
    [InlineData(
        "postgresql://app@%2Frun%2Fpostgresql:5433/shop", "app", null, "/run/postgresql:5433", "shop")]
    [InlineData("postgresql:///shop?host=db&port=5433&user=app&password=x", "app", "x", "db:5433", "shop")]
    [InlineData("postgresql://app:env:PASSWORD@db", "app", "env:PASSWORD", "db:5432", null)]
    [InlineData("postgresql://app:%C3%A4%F0%9F%98%80@db", "app", "ä😀", "db:5432", null)]
    public void A_URL_is_read_as_libpq_reads_it(
        string text, string? user, string? password, string address, string? database)
    {
        var url = Good(text);
        Assert.Equal((user, password, database), (url.User, url.Password, url.Database));
        var target = Assert.Single(url.Targets);
        Assert.Equal(address, $"{target.Host}:{target.Port}");
        Assert.Equal(database, target.DefaultDatabase);
    }

    [Fact]
    public void Several_hosts_are_several_targets() =>
        Assert.Equal(
            [("a", 1), ("b", 5432), ("::1", 3)],
            Good("postgresql://app:x@a:1,b,[::1]:3/shop").Targets
                .Select(target => (target.Host, target.Port)));

    [Theory]
    [InlineData("disable", TargetTls.Disable)]
    [InlineData("allow", TargetTls.Allow)]
    [InlineData("prefer", TargetTls.Prefer)]
    [InlineData("require", TargetTls.Require)]
    [InlineData("verify-ca", TargetTls.VerifyCa)]
    [InlineData("verify-full", TargetTls.VerifyFull)]
    public void Sslmode_is_libpqs(string text, TargetTls expected) =>
        Assert.Equal(expected, Good($"postgresql://db?sslmode={text}").Targets[0].Tls);

    [Fact]
    public void Connect_timeout_of_zero_is_none()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), Good("postgresql://db?connect_timeout=7").ConnectTimeout);
        Assert.Null(Good("postgresql://db?connect_timeout=0").ConnectTimeout);
    }

    [Fact]
    public void What_belongs_to_each_client_is_noted()
    {
        var faults = Faults("postgresql://db?application_name=x&options=-c%20a=b");
        Assert.Equal(2, faults.Length);
        Assert.All(faults, fault => Assert.Equal(FaultSeverity.Note, fault.Severity));
    }

    [Theory]
    [InlineData("redis://db", "must begin with postgresql:// or mysql://")]
    [InlineData("db:5432", "must begin with postgresql://")]
    [InlineData("postgresql://db:0", "\"0\" is not a port")]
    [InlineData("postgresql://db:65536", "\"65536\" is not a port")]
    [InlineData("postgresql://[::1", "is not an IPv6 address in brackets")]
    [InlineData("postgresql://[::g]:1", "is not an IPv6 address in brackets")]
    [InlineData("postgresql://db?sslmod=require", "there is no parameter sslmod; did you mean sslmode?")]
    [InlineData("postgresql://db?sslmode=on", "sslmode: \"on\" is not one of")]
    [InlineData("postgresql://db?port=1&port=2", "port stands here for the second time")]
    [InlineData("postgresql://a%zz@db", "two hexadecimal digits")]
    [InlineData("postgresql://a%00@db", "two hexadecimal digits")]
    [InlineData("postgresql://db?sslcert=/dev/null", "needed together")]
    [InlineData("postgresql://db?sslrootcert=/no/such.pem", "no such file")]
    [InlineData("postgresql:///x?host=a,b&port=1,2,3", "as many as hosts")]
    public void A_fault_says_what_is_wrong(string text, string words) =>
        Assert.Contains(Faults(text), fault => fault.Message.Contains(words, StringComparison.Ordinal));

    [Theory]
    [InlineData("postgresql://app:hunter/2@db/shop")]
    [InlineData("postgresql://app:hunter?2=x@db/shop")]
    [InlineData("postgresql://app:hunter%zz@db:99999/shop?a=b")]
    [InlineData("app:hunter@db")]
    public void No_fault_quotes_a_password(string text)
    {
        var faults = Faults(text);
        Assert.NotEmpty(faults);
        Assert.DoesNotContain(faults, fault => fault.Message.Contains("hunter", StringComparison.Ordinal));
    }

    private static ImmutableArray<Fault> Faults(string text)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        TargetUrl.Parse(text, faults);
        return faults.ToImmutable();
    }

    private static TargetUrl Good(string text)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var url = TargetUrl.Parse(text, faults);
        Assert.Empty(faults);
        return url;
    }
}
