using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Harness;

public sealed class MetricsPageTests
{
    [Fact]
    public void Series_are_summed_over_their_labels()
    {
        var page = MetricsPage.Read("""
            # HELP pins_total Pins by reason.
            pins_total{reason="temp {table}",proxy="a"} 2
            pins_total{reason="lock",proxy="b"} 3e1
            up 1 1700000000
            """);

        Assert.Equal(32, page.Sum("pins_total"));
        Assert.Equal(30, page.Sum("pins_total", "reason=\"lock\""));
        Assert.Equal(1, page.Sum("up"));
        Assert.Equal(0, page.Sum("absent"));
        Assert.False(page.Has("absent"));
    }
}
