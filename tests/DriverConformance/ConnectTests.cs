using System.Net;
using System.Net.Sockets;
using Sento.Base;
using Sento.Tests.Support;
using Sento.Transport;
using Xunit;
using SocketAddress = Sento.Transport.SocketAddress;

namespace Sento.Tests.DriverConformance;

/// <summary>Outgoing connections.</summary>
public sealed class ConnectTests
{
    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task A_loop_talks_to_itself_through_a_thousand_connections(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        const int Count = 1_000;
        var logs = new List<ConnectionLog>();
        for (var i = 0; i < Count; i++)
            logs.Add(await ground.Run(() => Connect(ground, ground.Address)));
        foreach (var log in logs)
            await log.Told("connected");
        for (var round = 0; round < 3; round++)
        {
            var start = round * 700;
            await ground.Run(() =>
            {
                for (var i = 0; i < Count; i++)
                    logs[i].Connection.Send(Bytes.Of(i, 700, start));
            });
            foreach (var log in logs)
                await log.HasReceived(start + 700);
        }
        for (var i = 0; i < Count; i++)
            Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(logs[i].Kept.ToArray), i));
        await ground.Run(() => logs.ForEach(log => log.Connection.Close()));
        while (ground.Accepted.TryTake(out var accepted))
            await accepted.Told("closed EndOfStream");
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_refused_connection_is_told_with_the_systems_error(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Bound and not listening: nobody else gets the port, and nobody answers.
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = SocketAddress.TryParse(closed.LocalEndPoint!.ToString()!)!;
        var log = await ground.Run(() => Connect(ground, address));
        await Eventually.Holds(() => !log.Events.IsEmpty);
        Assert.Equal(["Connection refused"], log.Events);
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_unix_socket_that_is_not_there_is_an_error_at_once(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        var address = SocketAddress.FromUnixPath("/tmp/sento-nobody-listens-here")!;
        await ground.Run(() =>
        {
            Assert.Null(Connection.TryConnect(ground.Loop, new ConnectionLog(), address, out var error));
            Assert.Equal("No such file or directory", Connection.Describe(error));
        });
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_connection_given_up_before_it_stands_hears_nothing(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        // A listener whose queue is full drops what comes: the connection neither stands nor fails.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        var address = SocketAddress.TryParse(deaf.LocalEndPoint!.ToString()!)!;
        var logs = new List<ConnectionLog>();
        for (var i = 0; i < 8; i++)
            logs.Add(await ground.Run(() => Connect(ground, address)));
        await Eventually.Holds(() => logs.Any(log => !log.Events.IsEmpty));
        var pending = logs.Where(log => log.Events.IsEmpty).ToList();
        Assert.NotEmpty(pending);

        // A deadline of the owner's, as a proxy has one for its targets.
        var deadline = new Deadline();
        await ground.Run(() => ground.Loop.Timers.Arm(
            new LoopTimer(deadline), ground.Loop.Now + TimeSpan.FromMilliseconds(50)));
        await deadline.Passed.Task.WaitAsync(Eventually.Deadline);
        await ground.Run(() => pending.ForEach(log => log.Connection.Close()));
        var heard = pending.Sum(log => log.Events.Count);
        for (var i = 0; i < 20; i++)
            await ground.Run(() => { });
        Assert.Equal(heard, pending.Sum(log => log.Events.Count));
        await ground.Run(() => logs.ForEach(log => log.Connection.Close()));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Slots_used_again_within_a_turn_belong_to_their_new_owner(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        for (var round = 0; round < 100; round++)
        {
            var log = await ground.Run(() =>
            {
                // Opened and closed before anything could complete, then opened again.
                for (var i = 0; i < 5; i++)
                    Connect(ground, ground.Address).Connection.Close();
                return Connect(ground, ground.Address);
            });
            await log.Told("connected");
            await ground.Run(() => log.Connection.Send(Bytes.Of(round, 5_000)));
            await log.HasReceived(5_000);
            Assert.Equal(-1, Bytes.FirstStranger(await ground.Run(log.Kept.ToArray), round));
            await ground.Run(log.Connection.Close);
            Assert.Equal(["connected"], log.Events);
        }
    }

    private static ConnectionLog Connect(LoopGround ground, SocketAddress address)
    {
        var log = new ConnectionLog();
        var connection = Connection.TryConnect(ground.Loop, log, address, out var error);
        Assert.True(connection is not null, Connection.Describe(error));
        log.Connection = connection;
        return log;
    }

    private sealed class Deadline : ITimerOwner
    {
        public TaskCompletionSource Passed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnTimer(LoopTimer timer) => Passed.SetResult();
    }
}
