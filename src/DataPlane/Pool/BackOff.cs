using Sento.Base;
using Sento.Transport;

namespace Sento.DataPlane.Pool;

/// <summary>
/// Pauses between attempts to open a connection: the first is short, each further one twice as long up to a
/// bound,
/// and all differ by up to a quarter, so that many proxies do not try in step. Loop thread only.
/// </summary>
internal sealed class BackOff(EventLoop loop, Random jitter, Action retry) : ITimerOwner
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private LoopTimer? _timer;
    private TimeSpan _length;

    /// <summary>No attempt is due yet.</summary>
    public bool IsPausing => _timer is { IsArmed: true };

    /// <summary>An attempt has failed: the next one is due after a pause, and is made then.</summary>
    public void Pause()
    {
        _length = _length == TimeSpan.Zero ? First
            : TimeSpan.FromTicks(Math.Min(Longest.Ticks, _length.Ticks * 2));
        _timer ??= new LoopTimer(this);
        loop.Timers.Arm(_timer, loop.Now + _length * (0.75 + jitter.NextDouble() / 2));
    }

    /// <summary>An attempt has succeeded: the next pause is short again.</summary>
    public void Reset() => _length = TimeSpan.Zero;

    public void Stop()
    {
        if (_timer is not null)
            loop.Timers.Disarm(_timer);
    }

    void ITimerOwner.OnTimer(LoopTimer timer) => retry();
}
