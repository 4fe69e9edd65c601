using Sento.Base;
using Xunit;

namespace Sento.Tests.Unit.Model;

public sealed class RandomBytesTests
{
    [Fact]
    public void No_draw_repeats_another_of_any_thread()
    {
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 500; i++)
                Assert.True(seen.TryAdd(Convert.ToHexString(RandomBytes.Next(16 + i % 48)), true));
        });
        Assert.Equal(2000, seen.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(5000)]
    public void Any_length_is_filled_to_its_end(int length)
    {
        var sum = new byte[length];
        // A byte is zero in all of eight draws once in 2^64.
        for (var i = 0; i < 8; i++)
        {
            var drawn = RandomBytes.Next(length);
            for (var at = 0; at < length; at++)
                sum[at] |= drawn[at];
        }
        Assert.Equal(length, sum.Length);
        Assert.DoesNotContain((byte)0, sum);
    }
}
