using Sento.Base;
using Sento.Transport;
using Xunit;

namespace Sento.Tests.Unit.Transport;

public sealed class TimerWheelTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(2.7)]
    [InlineData(30)]
    [InlineData(600)]
    public void A_timer_armed_before_the_wheel_has_learnt_of_a_long_silence_fires_in_time(double silence)
    {
        var wheel = new TimerWheel(At(1));
        var clock = new Clock();
        wheel.Advance(At(1.2));
        // What came in wakes the loop, and its handlers arm timers before the wheel turns.
        var now = 1.2 + silence;
        wheel.Arm(clock.Timer(), At(now + 0.1));
        wheel.Advance(At(now));
        Assert.Empty(clock.Fired);
        wheel.Advance(At(now + 0.12));
        Assert.Single(clock.Fired);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Timers_fire_when_they_are_due_whatever_the_silences_between(int seed)
    {
        var random = new Random(seed);
        var wheel = new TimerWheel(At(5));
        var clock = new Clock();
        var timers = Enumerable.Range(0, 40).Select(_ => clock.Timer()).ToArray();
        var now = 5.0;
        for (var turn = 0; turn < 5_000; turn++)
        {
            // The wheel is asked how long the loop may sleep; events may end that sleep, stalls lengthen it.
            var wait = wheel.NextDelayMilliseconds(At(now));
            var sleep = wait < 0 ? 700 : wait / 1000.0;
            now += random.Next(20) switch
            {
                0 => sleep + random.NextDouble() * 10,
                1 => sleep + random.NextDouble() * 1200,
                < 6 => sleep * random.NextDouble(),
                _ => sleep,
            };
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                var timer = timers[random.Next(timers.Length)];
                if (random.Next(3) == 0) wheel.Disarm(timer);
                else wheel.Arm(timer, At(now + Math.Pow(10, random.NextDouble() * 6 - 3)));
            }
            clock.Now = At(now);
            wheel.Advance(At(now));
            foreach (var timer in timers)
                Assert.False(
                    timer.IsArmed && timer.Deadline + TimeSpan.FromMilliseconds(10) < At(now),
                    $"seed {seed}, turn {turn}: due at {timer.Deadline}, and it is {At(now)}");
        }
        Assert.True(clock.Fired.Count > 1000, $"seed {seed}: {clock.Fired.Count} have fired");
    }

    private static LoopTime At(double seconds) => new((long)(seconds * 1_000_000));

    private sealed class Clock : ITimerOwner
    {
        public LoopTime Now { get; set; }

        public List<LoopTimer> Fired { get; } = [];

        public LoopTimer Timer() => new(this);

        public void OnTimer(LoopTimer timer)
        {
            Assert.False(timer.IsArmed);
            Assert.True(Now == default || timer.Deadline <= Now, $"{timer.Deadline} is not due at {Now}");
            Fired.Add(timer);
        }
    }
}
