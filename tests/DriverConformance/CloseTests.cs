using System.Net.Sockets;
using Sento.Base;
using Sento.Tests.Support;
using Sento.Transport;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>How connections end, from either side.</summary>
public sealed class CloseTests
{
    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task A_half_closed_peer_still_gets_its_answer(string driver)
    {
        await using var ground = await LoopGround.Start(driver, () => new ConnectionLog
        {
            Receiving = (log, bytes) =>
            {
                log.Connection.Send(bytes.Span);
                log.Connection.CloseWhenSent();
            },
        });
        using var client = ground.Dial();
        client.Send("question"u8);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), client.ReceiveAll());
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_peer_that_leaves_is_told_as_the_end_of_the_stream(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        client.Send("goodbye"u8);
        client.Dispose();
        await server.Told("closed EndOfStream");
        Assert.Equal(7, server.ReceivedCount);
        Assert.True(await ground.Run(() => server.Connection.IsClosed));
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_reset_is_told_as_a_reset(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await server.Told("closed Reset");
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_send_to_a_peer_that_is_gone_is_told_once(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        await ground.Run(server.Connection.Pause);
        client.Dispose();
        await Eventually.Holds(async () =>
        {
            await ground.Run(() => server.Connection.Send("is anybody there?"u8));
            return server.IsClosed;
        });
        Assert.Single(server.Events, word => word.StartsWith("closed", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Last_words_of_any_size_arrive_whole_before_the_end(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        foreach (var size in new[] { 1, 300, 4_096, 5_000, 70_000, 4_000_000 })
        {
            var (client, server) = ground.DialPair();
            using var _ = client;
            // The peer still sends: closing carelessly would reset the connection and lose the words.
            client.Send(Bytes.Of(1, 10_000));
            await ground.Run(() =>
            {
                server.Connection.Send(Bytes.Of(2, size));
                server.Connection.CloseWhenSent();
            });
            var words = client.ReceiveAll();
            Assert.Equal(size, words.Length);
            Assert.Equal(-1, Bytes.FirstStranger(words, 2));
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task Words_that_the_socket_takes_leave_even_when_it_is_closed_at_once(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        await ground.Run(() =>
        {
            server.Connection.Send("first "u8);
            server.Connection.Send("last"u8);
            server.Connection.Close();
        });
        Assert.Equal("first last"u8.ToArray(), client.ReceiveAll());
    }

    [Theory, MemberData(nameof(All))]
    public async Task What_is_taken_back_never_leaves(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        var isTakenBack = await ground.Run(() =>
        {
            server.Connection.Send("asked"u8);
            var isCertain = ground.Loop.Driver.TryTakeBack(server.Connection);
            server.Connection.Close();
            return isCertain;
        });
        // A driver that isn't certain must send it.
        Assert.Equal(isTakenBack ? [] : "asked"u8.ToArray(), client.ReceiveAll());
        Assert.Equal(driver == "epoll", isTakenBack);
    }

    [Theory, MemberData(nameof(All))]
    public async Task What_has_left_is_not_taken_back(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        await ground.Run(() => server.Connection.Send("asked"u8));
        Assert.Equal("asked"u8.ToArray(), client.ReceiveExactly(5));
        Assert.False(await ground.Run(() => ground.Loop.Driver.TryTakeBack(server.Connection)));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Closing_with_a_send_underway_does_not_wait_for_the_reader(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        var sent = 0;
        while (!await ground.Run(() => server.Connection.IsBackedUp))
        {
            var start = sent;
            await ground.Run(() => server.Connection.Send(Bytes.Of(3, 3_000, start)));
            sent += 3_000;
        }
        await ground.Run(server.Connection.Close);
        var received = client.ReceiveAll();
        Assert.True(received.Length < sent);
        Assert.Equal(-1, Bytes.FirstStranger(received, 3));
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_closed_connection_hears_nothing_more(string driver)
    {
        await using var ground = await LoopGround.Start(driver, () => new ConnectionLog
        {
            Receiving = (log, _) => log.Connection.Close(),
        });
        for (var i = 0; i < 50; i++)
        {
            var (client, server) = ground.DialPair();
            client.Send(Bytes.Of(1, 20_000));
            await Eventually.Holds(() => ground.Run(() => server.Connection.IsClosed));
            var heard = server.ReceivedCount;
            client.Dispose();
            await ground.Run(() => { });
            Assert.Equal(heard, server.ReceivedCount);
            Assert.Empty(server.Events);
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_new_connection_never_gets_what_was_meant_for_the_one_before(string driver)
    {
        // Descriptors are used again at once: every byte says which client sent it.
        await using var ground = await LoopGround.Start(driver);
        for (var round = 0; round < 300; round++)
        {
            var (first, old) = ground.DialPair();
            first.Send(Bytes.Of(round, 9_000));
            // Closed by us with bytes on their way, in the same turn in which the next one is accepted.
            ground.Loop.Post(old.Connection.Close);
            var (second, successor) = ground.DialPair();
            var words = Bytes.Of(round + 77, 3_000);
            second.Send(words);
            await successor.HasReceived(words.Length);
            Assert.Equal(words, await ground.Run(successor.Kept.ToArray));
            Assert.Empty(successor.Events);
            first.Dispose();
            second.Dispose();
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task Every_descriptor_is_given_back(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        ground.Dial().Dispose();
        Assert.True(ground.Accepted.TryTake(out var first, Eventually.Deadline));
        await Eventually.Holds(() => ground.Run(() => first.Connection.IsClosed));
        var before = Descriptors();
        for (var i = 0; i < 200; i++)
        {
            var (client, server) = ground.DialPair();
            client.Send("x"u8);
            client.ReceiveExactly(1);
            if (i % 2 == 0)
                await ground.Run(server.Connection.Close);
            client.Dispose();
        }
        await Eventually.Holds(() => Descriptors() <= before);
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_listeners_address_is_free_as_soon_as_it_is_closed(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        await ground.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                var any = SocketAddress.TryParse("127.0.0.1:0")!;
                var listener = Listener.TryOpen(ground.Loop, ground, any, KeepAlive.Strict, out _);
                listener!.Start();
                var address = listener.Address;
                listener.Close();
                var again = Listener.TryOpen(ground.Loop, ground, address, KeepAlive.Strict, out var error);
                Assert.True(again is not null, error);
                again.Close();
            }
        });
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
