using Sento.Base;

namespace Sento.Transport;

/// <summary>Whoever waits for a <see cref="LoopTimer"/>.</summary>
public interface ITimerOwner
{
    /// <summary>The deadline has passed; the timer is disarmed. Loop thread.</summary>
    void OnTimer(LoopTimer timer);
}

/// <summary>One deadline, kept in the wheel of its loop. Arm and disarm in constant time.</summary>
public sealed class LoopTimer(ITimerOwner owner)
{
    internal readonly ITimerOwner Owner = owner;
    internal LoopTimer? Next;
    internal LoopTimer? Previous;
    internal int Slot = TimerWheel.NoSlot;

    public LoopTime Deadline { get; internal set; }

    public bool IsArmed => Slot != TimerWheel.NoSlot;
}

/// <summary>
/// Two rings of slots: 10 ms for what is due within seconds, 1 s for the rest. Loop thread only.
/// </summary>
/// <remarks>
/// Ten thousand sessions with a 30 minute timer each must not wake an idle process: coarse timers cost one
/// visit when their second comes, and then at most one second in the fine ring.
/// </remarks>
public sealed class TimerWheel(LoopTime start)
{
    internal const int NoSlot = -1;

    private const long FineMicroseconds = 10_000;
    private const long CoarseMicroseconds = 1_000_000;
    private const int FineSlots = 256;
    private const int CoarseSlots = 512;

    /// <summary>The fine ring, and behind it the coarse one.</summary>
    private readonly LoopTimer?[] _slots = new LoopTimer?[FineSlots + CoarseSlots];
    private long _fineTick = start.Microseconds / FineMicroseconds;
    private long _coarseTick = start.Microseconds / CoarseMicroseconds;
    private int _fineCount;
    private int _coarseCount;

    /// <summary>No slot of the fine ring before this tick holds a timer.</summary>
    private long _fineFirst = long.MaxValue;

    public int Count => _fineCount + _coarseCount;

    /// <summary>
    /// Arms or moves the timer. Fires at the deadline or up to 10 ms and a turn later, never earlier.
    /// </summary>
    public void Arm(LoopTimer timer, LoopTime deadline) => Arm(timer, deadline, _fineTick + 1);

    public void Disarm(LoopTimer timer)
    {
        if (!timer.IsArmed)
            return;
        if (timer.Slot < FineSlots) _fineCount--;
        else _coarseCount--;
        if (timer.Previous is null) _slots[timer.Slot] = timer.Next;
        else timer.Previous.Next = timer.Next;
        if (timer.Next is not null) timer.Next.Previous = timer.Previous;
        timer.Next = timer.Previous = null;
        timer.Slot = NoSlot;
    }

    /// <summary>Fires all that is due.</summary>
    /// <remarks>
    /// The fine ring first: what comes to it from the coarse one is placed by where it stands, and after a
    /// silence of seconds that was long ago.
    /// </remarks>
    public void Advance(LoopTime now)
    {
        var fineNow = now.Microseconds / FineMicroseconds;
        if (fineNow - _fineTick > FineSlots)
            _fineTick = fineNow - FineSlots;
        while (_fineTick < fineNow)
            Fire(FineSlot(++_fineTick), now);

        var coarseNow = now.Microseconds / CoarseMicroseconds;
        if (coarseNow == _coarseTick)
            return;
        if (coarseNow - _coarseTick > CoarseSlots)
            _coarseTick = coarseNow - CoarseSlots;
        while (_coarseTick < coarseNow)
            Cascade(CoarseSlot(++_coarseTick), now);
        Fire(FineSlot(_fineTick), now);
    }

    /// <summary>Milliseconds until the next slot that holds a timer; -1: none at all.</summary>
    public int NextDelayMilliseconds(LoopTime now)
    {
        if (Count == 0)
            return -1;
        var until = CoarseMicroseconds - now.Microseconds % CoarseMicroseconds;
        if (_fineCount > 0)
        {
            _fineFirst = Math.Max(_fineFirst, _fineTick + 1);
            while (_slots[FineSlot(_fineFirst)] is null)
                _fineFirst++;
            until = Math.Min(until, _fineFirst * FineMicroseconds - now.Microseconds);
        }
        return (int)Math.Clamp(until / 1000 + 1, 0, 1000);
    }

    private static int FineSlot(long tick) => (int)(tick & (FineSlots - 1));

    private static int CoarseSlot(long tick) => FineSlots + (int)(tick & (CoarseSlots - 1));

    /// <param name="tickMin">Of the fine ring: no slot that has been passed would be visited.</param>
    private void Arm(LoopTimer timer, LoopTime deadline, long tickMin)
    {
        Disarm(timer);
        timer.Deadline = deadline;
        var tick = Math.Max(deadline.Microseconds / FineMicroseconds + 1, tickMin);
        if (tick - _fineTick < FineSlots)
        {
            _fineFirst = Math.Min(_fineFirst, tick);
            Link(FineSlot(tick), timer);
        }
        else
        {
            Link(CoarseSlot(deadline.Microseconds / CoarseMicroseconds), timer);
        }
    }

    /// <summary>
    /// What is due within two seconds goes to the fine ring, what is overdue to where that stands.
    /// </summary>
    private void Cascade(int slot, LoopTime now)
    {
        var timer = _slots[slot];
        while (timer is not null)
        {
            var next = timer.Next;
            if ((timer.Deadline - now).TotalSeconds < 2)
                Arm(timer, timer.Deadline, _fineTick);
            timer = next;
        }
    }

    private void Fire(int slot, LoopTime now)
    {
        // A handler may disarm its neighbours: take the head anew each time.
        while (_slots[slot] is { } timer)
        {
            Disarm(timer);
            if (timer.Deadline <= now) timer.Owner.OnTimer(timer);
            else Arm(timer, timer.Deadline);
        }
    }

    private void Link(int slot, LoopTimer timer)
    {
        if (slot < FineSlots) _fineCount++;
        else _coarseCount++;
        timer.Slot = slot;
        timer.Next = _slots[slot];
        if (timer.Next is not null) timer.Next.Previous = timer;
        _slots[slot] = timer;
    }
}
