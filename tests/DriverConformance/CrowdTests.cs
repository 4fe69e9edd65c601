using System.Net.Sockets;
using Sento.Base;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>Many at once, and more than there is room for.</summary>
public sealed class CrowdTests
{
    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task A_thousand_clients_get_their_own_bytes_back(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        var clients = Enumerable.Range(0, 1_000).Select(_ => ground.Dial()).ToList();
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < clients.Count; i++)
                clients[i].Send(Bytes.Of(i, 200 + i, round));
            for (var i = 0; i < clients.Count; i++)
                Assert.Equal(Bytes.Of(i, 200 + i, round), clients[i].ReceiveExactly(200 + i));
        }
        clients.ForEach(client => client.Dispose());
    }

    [Theory, MemberData(nameof(All))]
    public async Task More_than_all_buffers_within_one_turn_loses_nothing(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        var size = Limits.RingBufferBytes * 3 + 100;
        var clients = Enumerable.Range(0, Limits.RingBuffers).Select(_ => ground.Dial()).ToList();
        using var gate = new ManualResetEventSlim();
        using var isHeld = new ManualResetEventSlim();
        // The loop is held until everyone has sent: three times as much as its buffers take.
        ground.Loop.Post(() =>
        {
            isHeld.Set();
            gate.Wait();
        });
        isHeld.Wait();
        for (var i = 0; i < clients.Count; i++)
            clients[i].Send(Bytes.Of(i, size));
        gate.Set();
        for (var i = 0; i < clients.Count; i++)
            Assert.Equal(-1, Bytes.FirstStranger(clients[i].ReceiveExactly(size), i));
        clients.ForEach(client => client.Dispose());
    }

    [Theory, MemberData(nameof(All))]
    public async Task More_than_the_completion_queue_holds_within_one_turn_loses_nothing(string driver)
    {
        // Connections dialled by the loop itself, all of which it answers in one turn, with more behind.
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        var clients = Enumerable.Range(0, 2_500).Select(_ => ground.Dial()).ToList();
        for (var round = 0; round < 3; round++)
        {
            using var gate = new ManualResetEventSlim();
            using var isHeld = new ManualResetEventSlim();
            ground.Loop.Post(() =>
            {
                isHeld.Set();
                gate.Wait();
            });
            isHeld.Wait();
            for (var i = 0; i < clients.Count; i++)
                clients[i].Send(Bytes.Of(i + round, 300));
            // A third leaves at the same moment: its bytes and its end come in one turn.
            for (var i = 0; i < clients.Count; i += 3)
                clients[i].Shutdown(SocketShutdown.Send);
            gate.Set();
            for (var i = 0; i < clients.Count; i++)
            {
                if (i % 3 != 0)
                    Assert.Equal(Bytes.Of(i + round, 300), clients[i].ReceiveExactly(300));
            }
            for (var i = 0; i < clients.Count; i += 3)
            {
                clients[i].Dispose();
                clients[i] = ground.Dial();
            }
        }
        clients.ForEach(client => client.Dispose());
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_burst_of_clients_that_come_and_go_leaves_the_loop_serving(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 250; i++)
            {
                using var client = ground.Dial();
                var words = Bytes.Of(thread * 1_000 + i, 100);
                client.Send(words);
                if (i % 3 == 0)
                    client.LingerState = new LingerOption(true, 0);
                else
                    Assert.Equal(words, client.ReceiveExactly(words.Length));
            }
        })));
        using var last = ground.Dial();
        last.Send("still here"u8);
        Assert.Equal("still here"u8.ToArray(), last.ReceiveExactly(10));
    }
}
