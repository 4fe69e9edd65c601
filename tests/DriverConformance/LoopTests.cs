using System.Collections.Concurrent;
using Sento.Base;
using Sento.Tests.Support;
using Sento.Transport;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>Work from other threads, and time.</summary>
public sealed class LoopTests
{
    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task Work_posted_by_many_threads_runs_once_each(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        const int Threads = 4, Each = 20_000;
        var count = 0;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                ground.Loop.Post(() => count++);
        })));
        await Eventually.Holds(async () => await ground.Run(() => count) == Threads * Each);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Work_wakes_a_loop_that_waits_every_time(string driver)
    {
        await using var ground = await LoopGround.Start(driver);
        // One at a time, so that the loop has gone back to wait before most of them.
        for (var i = 0; i < 2_000; i++)
            Assert.Equal(i, await ground.Run(() => i));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Timers_pass_in_order_and_never_early_with_traffic_and_without(string driver)
    {
        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        using var client = ground.Dial();
        var passed = new ConcurrentQueue<(int Index, bool IsEarly)>();
        int[] delays = [200, 20, 90, 50, 400, 150, 1_100];
        await ground.Run(() =>
        {
            for (var i = 0; i < delays.Length; i++)
            {
                var owner = new TimerLog(ground.Loop, i, passed);
                var deadline = ground.Loop.Now + TimeSpan.FromMilliseconds(delays[i]);
                ground.Loop.Timers.Arm(new LoopTimer(owner), deadline);
            }
        });
        // Traffic until three have passed; then nothing but time wakes the loop.
        while (passed.Count < 3)
        {
            client.Send("tick"u8);
            client.ReceiveExactly(4);
        }
        await Eventually.Holds(() => passed.Count == delays.Length);
        Assert.DoesNotContain(passed, timer => timer.IsEarly);
        var order = delays.Select((delay, index) => (delay, index)).OrderBy(timer => timer.delay);
        Assert.Equal(order.Select(timer => timer.index), passed.Select(timer => timer.Index));
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_handler_that_throws_ends_its_connection_and_no_other(string driver)
    {
        var isBroken = true;
        await using var ground = await LoopGround.Start(driver, () => isBroken
            ? new ConnectionLog { Receiving = (_, _) => throw new InvalidOperationException("broken") }
            : ConnectionLog.Echo());
        var (client, broken) = ground.DialPair();
        isBroken = false;
        using var sound = ground.Dial();
        client.Send("x"u8);
        await broken.Told("fault broken");
        Assert.Equal(0, client.Receive(new byte[1]));
        sound.Send("y"u8);
        Assert.Equal("y"u8.ToArray(), sound.ReceiveExactly(1));
        client.Dispose();
    }

    [Theory, MemberData(nameof(All))]
    public void Loops_come_and_go_without_a_trace(string driver)
    {
        using var workers = new CpuWorkers(threadCount: 1);
        Turn();
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 20; i++)
            Turn();
        Assert.True(Directory.GetFiles("/proc/self/fd").Length <= before);

        void Turn()
        {
            using var loop = new EventLoop("short-lived", workers, _ => { }, Drivers.Make(driver));
            loop.Start();
            using var ran = new ManualResetEventSlim();
            loop.Post(ran.Set);
            Assert.True(ran.Wait(Eventually.Deadline));
        }
    }

    private sealed class TimerLog(
        EventLoop loop, int index, ConcurrentQueue<(int Index, bool IsEarly)> passed) : ITimerOwner
    {
        public void OnTimer(LoopTimer timer) => passed.Enqueue((index, loop.Now < timer.Deadline));
    }
}
