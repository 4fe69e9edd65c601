using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Model;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:6432", "127.0.0.1:6432")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("*:65535", "0.0.0.0:65535")]
    [InlineData("[::1]:6432", "[::1]:6432")]
    [InlineData("/run/sento/.s.PGSQL.6432", "/run/sento/.s.PGSQL.6432")]
    public void An_address_is_read(string text, string expected)
    {
        Assert.True(ListenAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("6432")]
    [InlineData(":6432")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.1:6432")]
    [InlineData("::1:6432")]
    [InlineData("[127.0.0.1]:6432")]
    [InlineData("db.internal:6432")]
    [InlineData("run/socket")]
    [InlineData("/run/sento/")]
    public void What_is_no_address_is_refused_with_what_is(string text)
    {
        Assert.False(ListenAddress.TryParse(text, out _));
        Assert.Contains("allowed: ADDRESS:PORT", ListenAddress.Check(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_ends_where_the_kernels_does()
    {
        Assert.True(ListenAddress.TryParse("/" + new string('s', 106), out _));
        Assert.False(ListenAddress.TryParse("/" + new string('s', 107), out _));
    }
}
