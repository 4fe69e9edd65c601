using Sento.MySql.Client;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class ParameterBindingTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(8, false)]
    [InlineData(9, true)]
    public void That_attributes_are_counted_is_no_cursor(byte flags, bool opensCursor) =>
        Assert.Equal(opensCursor, ParameterBinding.OpensCursor([0x17, 1, 0, 0, 0, flags, 1, 0, 0, 0]));

    [Fact]
    public void What_has_not_arrived_opens_no_cursor() =>
        Assert.False(ParameterBinding.OpensCursor([0x17, 1, 0, 0, 0]));
}
