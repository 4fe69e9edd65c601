using Sento.Host.Aws;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>The region of a token is the one that the target's name says.</summary>
public sealed class RdsTokensTests
{
    [Theory]
    [InlineData("shop.c9akciq32.eu-central-1.rds.amazonaws.com", "eu-central-1")]
    [InlineData("shop.cluster-c9akciq32.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1")]
    [InlineData("SHOP.C9AKCIQ32.EU-CENTRAL-1.RDS.AMAZONAWS.COM.", "eu-central-1")]
    [InlineData("shop.c9akciq32.rds.cn-north-1.amazonaws.com.cn", "cn-north-1")]
    [InlineData("shop.cluster-ro-c9akciq32.rds.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1")]
    [InlineData("db.internal.example", null)]
    [InlineData("10.0.0.5", null)]
    [InlineData("eu-central-1.rds.amazonaws.com", null)]
    [InlineData("shop.c9akciq32.eu-central-1.rds.amazonaws.com.evil.example", null)]
    public void Region_is_the_one_in_the_name_of_the_host(string host, string? region) =>
        Assert.Equal(region, RdsTokens.RegionOf(host));
}
