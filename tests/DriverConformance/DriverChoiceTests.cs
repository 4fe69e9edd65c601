using Sento.Transport;
using Xunit;

namespace Sento.Tests.DriverConformance;

public sealed class DriverChoiceTests
{
    private const string Refusal = "a seccomp filter forbids it";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("auto")]
    public void Without_a_wish_it_is_io_uring_where_that_can_be_had(string? wanted)
    {
        var choice = DriverChoice.TryMake(wanted, () => null, out _);
        Assert.Equal("io_uring", choice!.Name);
        Assert.Equal("Event loops use io_uring.", choice.Sentence);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("auto")]
    public void Where_io_uring_is_refused_epoll_is_used_and_the_log_says_why(string? wanted)
    {
        var choice = DriverChoice.TryMake(wanted, () => Refusal, out _);
        Assert.Equal("epoll", choice!.Name);
        Assert.Equal($"Event loops use epoll: io_uring can't be had: {Refusal}.", choice.Sentence);
        using var driver = choice.Create();
        Assert.Equal("epoll", driver.Name);
    }

    [Fact]
    public void Io_uring_that_is_demanded_and_refused_is_an_error_with_the_next_step()
    {
        Assert.Null(DriverChoice.TryMake("io_uring", () => Refusal, out var error));
        Assert.Equal(
            $"SENTO_DRIVER=io_uring, but io_uring can't be had: {Refusal}. "
            + "Without SENTO_DRIVER epoll is used then.", error);
    }

    [Fact]
    public void Epoll_that_is_demanded_is_used_without_trying_the_other()
    {
        var choice = DriverChoice.TryMake("epoll", () => throw new InvalidOperationException(), out _);
        Assert.Equal("Event loops use epoll, as SENTO_DRIVER says.", choice!.Sentence);
    }

    [Fact]
    public void An_unknown_driver_is_an_error_that_names_the_known_ones()
    {
        Assert.Null(DriverChoice.TryMake("kqueue", () => null, out var error));
        Assert.Equal("SENTO_DRIVER=kqueue: no such driver; say auto, epoll or io_uring.", error);
    }
}
