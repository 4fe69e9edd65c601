using System.Net.Sockets;
using Sento.Base;
using Xunit;

namespace Sento.Tests.DriverConformance;

public sealed class EchoTests
{
    public static IEnumerable<TheoryDataRow<string, bool>> Cases =>
        from driver in Drivers.All
        from isUnix in new[] { false, true }
        select new TheoryDataRow<string, bool>(driver.Data, isUnix);

    [Theory, MemberData(nameof(Cases))]
    public async Task Every_size_comes_back_as_it_was_sent(string driver, bool isUnix)
    {
        await using var ground = await Start(driver, isUnix);
        using var client = ground.Dial();
        int[] sizes =
        [
            1, 2, 100, 1460, Limits.RingBufferBytes - 1, Limits.RingBufferBytes, Limits.RingBufferBytes + 1,
            2 * Limits.RingBufferBytes, 10_000, 65_536, Limits.ReceiveBytes - 1, Limits.ReceiveBytes,
            Limits.ReceiveBytes + 1, 1_000_003, 5_000_011,
        ];
        for (var i = 0; i < sizes.Length; i++)
            await ComesBack(client, Bytes.Of(i, sizes[i]));
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Streams_cut_at_random_stay_in_order(string driver, bool isUnix)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Random(seed);
        await using var ground = await Start(driver, isUnix);
        using var client = ground.Dial();
        const int Count = 3_000_000;
        var reading = Task.Run(() => client.ReceiveExactly(Count));
        for (var sent = 0; sent < Count;)
        {
            var size = dice.Next(4) == 0 ? dice.Next(1, 100_000) : dice.Next(1, 6_000);
            var piece = Bytes.Of(1, Math.Min(size, Count - sent), sent);
            client.Send(piece);
            sent += piece.Length;
        }
        Assert.Equal(-1, Bytes.FirstStranger(await reading, 1));
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Several_messages_sent_within_one_turn_arrive_in_order(string driver, bool isUnix)
    {
        await using var ground = await Start(driver, isUnix);
        var (client, server) = ground.DialPair();
        using var _ = client;
        int[] sizes = [10, 4_000, 200, 4_096, 1, 9_000, 3, 300_000, 5, 4_097, 70_000, 1];
        await ground.Run(() =>
        {
            var start = 0;
            foreach (var size in sizes)
            {
                server.Connection.Send(Bytes.Of(3, size, start));
                start += size;
            }
        });
        var received = client.ReceiveExactly(sizes.Sum());
        Assert.Equal(-1, Bytes.FirstStranger(received, 3));
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_peers_address_is_known_when_it_is_accepted(string driver, bool isUnix)
    {
        await using var ground = await Start(driver, isUnix);
        var (client, server) = ground.DialPair();
        using var _ = client;
        var expected = isUnix ? ground.Address.Text : client.LocalEndPoint!.ToString();
        Assert.Equal(expected, server.Peer!.Value.Text);
    }

    private static Task<LoopGround> Start(string driver, bool isUnix) => isUnix
        ? LoopGround.StartUnix(driver, ConnectionLog.Echo)
        : LoopGround.Start(driver, ConnectionLog.Echo);

    private static async Task ComesBack(Socket client, byte[] sent)
    {
        var reading = Task.Run(() => client.ReceiveExactly(sent.Length));
        client.Send(sent);
        Assert.Equal(sent, await reading);
    }
}
