using Sento.Host.Aws;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>An ARN says the region that is asked; nothing in it leads to another host.</summary>
public sealed class AwsAddressTests
{
    [Theory]
    [InlineData("arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-AbCdEf", "eu-west-1.amazonaws.com")]
    [InlineData(
        "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:app-AbCdEf", "cn-north-1.amazonaws.com.cn")]
    public void Region_and_partition_are_the_ARNs(string arn, string host) => Assert.Equal(
        $"https://secretsmanager.{host}/",
        AwsAddress.Of(arn)!.EndpointOf("secretsmanager", "NO_SUCH_SERVICE").ToString());

    [Theory]
    [InlineData("arn:aws:secretsmanager:evil.example/:123456789012:secret:app")]
    [InlineData("arn:aws:secretsmanager:eu-west-1.evil.example:123456789012:secret:app")]
    [InlineData("arn:aws:secretsmanager:")]
    public void Region_that_is_none_is_refused(string arn) => Assert.Null(AwsAddress.Of(arn));
}
