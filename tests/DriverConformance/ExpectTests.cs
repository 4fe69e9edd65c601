using System.Net.Sockets;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>In the middle of something large its reader is not woken for every few bytes.</summary>
public sealed class ExpectTests
{
    private const int Large = 512 * 1024;

    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task What_is_certain_to_come_is_shown_in_large_pieces(string driver)
    {
        var pieces = 0;
        await using var ground = await LoopGround.Start(driver, () => Reader([Large], () => pieces++));
        var (client, server) = ground.DialPair();
        using var _ = client;
        var all = Bytes.Of(1, Large);
        for (var sent = 0; sent < Large; sent += 4096)
        {
            client.Send(all, sent, 4096, SocketFlags.None);
            // A turn of the loop, which would show them.
            await ground.Run(() => { });
        }
        await server.HasReceived(Large);
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 1));
        Assert.InRange(pieces, 2, 12);
    }

    [Theory, MemberData(nameof(All))]
    public async Task An_end_in_the_middle_is_told(string driver)
    {
        await using var ground = await LoopGround.Start(driver, () => Reader([Large]));
        var (client, server) = ground.DialPair();
        using var _ = client;
        client.Send(Bytes.Of(2, 10));
        await server.HasReceived(10);
        client.Send(Bytes.Of(2, 1000, 10));
        client.Shutdown(SocketShutdown.Send);
        await server.Told("closed EndOfStream");
        Assert.Equal(1010, server.ReceivedCount);
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_reset_in_the_middle_is_told(string driver)
    {
        await using var ground = await LoopGround.Start(driver, () => Reader([Large]));
        var (client, server) = ground.DialPair();
        client.Send(Bytes.Of(3, 10));
        await server.HasReceived(10);
        client.Send(Bytes.Of(3, 1000, 10));
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await server.Told("closed Reset");
    }

    [Theory, MemberData(nameof(All))]
    public async Task Nothing_that_is_complete_waits_however_often_its_reader_stops(string driver)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Random(seed);
        int[] messages = [.. Enumerable.Range(0, 40).Select(_ => 1 + dice.Next(1 << dice.Next(4, 20)))];
        await using var ground = await LoopGround.Start(driver, () => Reader(messages));
        var (client, server) = ground.DialPair();
        using var _ = client;
        var all = Bytes.Of(4, messages.Sum());
        var sent = 0;
        foreach (var message in messages)
        {
            var end = sent + message;
            var sending = Task.Run(() =>
            {
                while (sent < end)
                    sent += client.Send(all, sent, Math.Min(9_999, end - sent), SocketFlags.None);
            });
            while (!sending.IsCompleted)
            {
                await ground.Run(server.Connection.Pause);
                await ground.Run(server.Connection.Resume);
            }
            await sending;
            await server.HasReceived(end);
        }
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 4));
    }

    [Theory, MemberData(nameof(All))]
    public async Task The_last_bytes_of_a_flood_come_by_themselves(string driver)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Random(seed);
        await using var ground = await LoopGround.Start(driver, () => new ConnectionLog
        {
            Receiving = (log, bytes) =>
            {
                log.Kept.Write(bytes.Span);
                log.Connection.Expect(0, isBulk: true);
            },
        });
        var (client, server) = ground.DialPair();
        using var _ = client;
        var all = Bytes.Of(5, 8_000_000);
        for (var sent = 0; sent < all.Length;)
        {
            // A flood, and then somebody who waits until the other has it all.
            for (var left = dice.Next(1, 60); left > 0 && sent < all.Length; left--)
            {
                var count = Math.Min(dice.Next(1, 20_000), all.Length - sent);
                sent += client.Send(all, sent, count, SocketFlags.None);
            }
            await server.HasReceived(sent);
        }
        Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(server.Kept.ToArray), 5));
    }

    /// <summary>Knows how long messages are, and says at each piece what is left of its last one.</summary>
    private static ConnectionLog Reader(int[] messages, Action? onPiece = null) => new()
    {
        Receiving = (log, bytes) =>
        {
            log.Kept.Write(bytes.Span);
            onPiece?.Invoke();
            var end = 0L;
            foreach (var message in messages)
            {
                if (end < log.ReceivedCount)
                    end += message;
            }
            log.Connection.Expect((int)(end - log.ReceivedCount));
        },
    };
}
