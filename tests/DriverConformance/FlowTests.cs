using System.Net.Sockets;
using Sento.Base;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>Pause, resume, and peers that don't read.</summary>
public sealed class FlowTests
{
    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task A_reader_that_stops_backs_the_sender_up_and_gets_everything_in_order(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        const int Piece = 100_000;
        var sent = 0;
        // Without a reader, both sockets fill up; what is queued then is bounded by who sends: here, us.
        while (!await ground.Run(() => server.Connection.IsBackedUp))
        {
            var start = sent;
            await ground.Run(() => server.Connection.Send(Bytes.Of(4, Piece, start)));
            sent += Piece;
        }
        Assert.DoesNotContain("drained", server.Events);

        var received = client.ReceiveExactly(sent);
        Assert.Equal(-1, Bytes.FirstStranger(received, 4));
        await server.Told("drained");
        Assert.Equal(0, await ground.Run(() => server.Connection.QueuedBytes));
        // And small messages find their way as before.
        await ground.Run(() => server.Connection.Send("after"u8));
        Assert.Equal("after"u8.ToArray(), client.ReceiveExactly(5));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Nothing_is_delivered_while_paused_and_everything_after(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        await ground.Run(server.Connection.Pause);
        var all = Bytes.Of(5, 8_000_000);
        var sending = Task.Run(() => client.Send(all));
        // Turns of the loop that could deliver, were it allowed to.
        for (var i = 0; i < 50; i++)
            await ground.Run(() => { });
        Assert.Equal(0, server.ReceivedCount);

        await ground.Run(server.Connection.Resume);
        await sending;
        await server.HasReceived(all.Length);
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 5));
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_paused_reader_slows_its_peer_down(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        await ground.Run(server.Connection.Pause);
        client.Blocking = false;
        var sent = 0L;
        // The kernel takes what its buffers hold; then it must be over, or the loop is hoarding.
        var piece = Bytes.Of(6, 65_536);
        const long Most = 64 << 20;
        for (var refusals = 0; refusals < 100 && sent < Most;)
        {
            var count = client.Send(piece, 0, piece.Length, SocketFlags.None, out var error);
            if (error == SocketError.Success) sent += count;
            else refusals++;
            await ground.Run(() => { });
        }
        Assert.True(sent < Most, $"{sent} bytes were taken from a peer that nobody reads");
    }

    [Theory, MemberData(nameof(All))]
    public async Task Pausing_inside_every_delivery_loses_nothing(string driver)
    {
        // Each delivery stops the next one; another thread allows it.
        await using var ground = await LoopGround.Start(driver, () => new ConnectionLog
        {
            Receiving = (log, bytes) =>
            {
                log.Kept.Write(bytes.Span);
                log.Connection.Pause();
                log.Connection.Loop.Post(log.Connection.Resume);
            },
        });
        var (client, server) = ground.DialPair();
        using var _ = client;
        var all = Bytes.Of(7, 3_000_000);
        await Task.Run(() => client.Send(all));
        await server.HasReceived(all.Length);
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 7));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Pause_and_resume_at_random_lose_nothing(string driver)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Random(seed);
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        var all = Bytes.Of(8, 6_000_000);
        var sending = Task.Run(() =>
        {
            for (var sent = 0; sent < all.Length;)
                sent += client.Send(all, sent, Math.Min(7_777, all.Length - sent), SocketFlags.None);
        });
        while (!sending.IsCompleted)
        {
            var steps = dice.Next(1, 4);
            await ground.Run(() =>
            {
                for (var i = 0; i < steps; i++)
                {
                    server.Connection.Pause();
                    server.Connection.Resume();
                }
                server.Connection.Pause();
            });
            await ground.Run(server.Connection.Resume);
        }
        await sending;
        await server.HasReceived(all.Length);
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 8));
    }

    [Theory, MemberData(nameof(All))]
    public async Task The_end_of_the_stream_waits_for_a_paused_reader_and_comes_last(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        using var _ = client;
        await ground.Run(server.Connection.Pause);
        client.Send(Bytes.Of(9, 50_000));
        client.Shutdown(SocketShutdown.Send);
        for (var i = 0; i < 50; i++)
            await ground.Run(() => { });
        Assert.Empty(server.Events);

        await ground.Run(server.Connection.Resume);
        await server.Told("closed EndOfStream");
        Assert.Equal(50_000, server.ReceivedCount);
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 9));
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_reset_is_told_to_a_paused_reader_at_once(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var (client, server) = ground.DialPair();
        await ground.Run(server.Connection.Pause);
        client.Send("unread"u8);
        for (var i = 0; i < 10; i++)
            await ground.Run(() => { });
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await server.Told("closed Reset");
        Assert.Equal(0, server.ReceivedCount);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Paused_connections_with_bytes_waiting_do_not_stop_the_others(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        var slow = new List<Socket>();
        var flood = Bytes.Of(10, 1 << 20);
        // More bytes wait for readers who don't read than the loop has room for.
        for (var i = 0; i < 2 * Limits.RingBuffers; i++)
        {
            var (client, server) = ground.DialPair();
            await ground.Run(server.Connection.Pause);
            client.Blocking = false;
            client.Send(flood, 0, flood.Length, SocketFlags.None, out var _);
            slow.Add(client);
        }
        using var quick = ground.Dial();
        for (var i = 0; i < 200; i++)
        {
            var message = Bytes.Of(i, 500 + i);
            quick.Send(message);
            Assert.Equal(message, quick.ReceiveExactly(message.Length));
        }
        slow.ForEach(client => client.Dispose());
    }
}
