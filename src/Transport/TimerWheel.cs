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
    internal LoopTimer?[]? Level;
    internal int Slot;

    public LoopTime Deadline { get; internal set; }

    public bool IsArmed => Level is not null;
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
    private const long FineMicroseconds = 10_000;
    private const long CoarseMicroseconds = 1_000_000;
    private const int FineSlots = 256;
    private const int CoarseSlots = 512;

    private readonly LoopTimer?[] _fine = new LoopTimer?[FineSlots];
    private readonly LoopTimer?[] _coarse = new LoopTimer?[CoarseSlots];
    private long _fineTick = start.Microseconds / FineMicroseconds;
    private long _coarseTick = start.Microseconds / CoarseMicroseconds;
    private int _fineCount;
    private int _coarseCount;

    public int Count => _fineCount + _coarseCount;

    /// <summary>Arms or moves the timer. Fires at the deadline or up to 10 ms later, never earlier.</summary>
    public void Arm(LoopTimer timer, LoopTime deadline)
    {
        Disarm(timer);
        timer.Deadline = deadline;
        var tick = Math.Max(deadline.Microseconds / FineMicroseconds + 1, _fineTick + 1);
        if (tick - _fineTick < FineSlots)
            Link(_fine, (int)(tick & (FineSlots - 1)), timer);
        else
            Link(_coarse, (int)((deadline.Microseconds / CoarseMicroseconds) & (CoarseSlots - 1)), timer);
    }

    public void Disarm(LoopTimer timer)
    {
        if (timer.Level is null)
            return;
        if (timer.Level == _fine) _fineCount--;
        else _coarseCount--;
        if (timer.Previous is null) timer.Level[timer.Slot] = timer.Next;
        else timer.Previous.Next = timer.Next;
        if (timer.Next is not null) timer.Next.Previous = timer.Previous;
        timer.Next = timer.Previous = null;
        timer.Level = null;
    }

    /// <summary>Fires all that is due.</summary>
    public void Advance(LoopTime now)
    {
        var coarseNow = now.Microseconds / CoarseMicroseconds;
        if (coarseNow - _coarseTick > CoarseSlots)
            _coarseTick = coarseNow - CoarseSlots;
        while (_coarseTick < coarseNow)
            Cascade((int)(++_coarseTick & (CoarseSlots - 1)), now);

        var fineNow = now.Microseconds / FineMicroseconds;
        if (fineNow - _fineTick > FineSlots)
            _fineTick = fineNow - FineSlots;
        while (_fineTick < fineNow)
            Fire((int)(++_fineTick & (FineSlots - 1)), now);
    }

    /// <summary>Milliseconds until the next slot that holds a timer; -1: none at all.</summary>
    public int NextDelayMilliseconds(LoopTime now)
    {
        if (Count == 0)
            return -1;
        var until = CoarseMicroseconds - now.Microseconds % CoarseMicroseconds;
        if (_fineCount > 0)
        {
            for (var ahead = 1; ahead < FineSlots; ahead++)
            {
                if (_fine[(int)((_fineTick + ahead) & (FineSlots - 1))] is null)
                    continue;
                until = Math.Min(until, (_fineTick + ahead) * FineMicroseconds - now.Microseconds);
                break;
            }
        }
        return (int)Math.Clamp(until / 1000 + 1, 0, 1000);
    }

    private void Cascade(int slot, LoopTime now)
    {
        var timer = _coarse[slot];
        while (timer is not null)
        {
            var next = timer.Next;
            if ((timer.Deadline - now).TotalSeconds < 2)
                Arm(timer, timer.Deadline);
            timer = next;
        }
    }

    private void Fire(int slot, LoopTime now)
    {
        // A handler may disarm its neighbours: take the head anew each time.
        while (_fine[slot] is { } timer)
        {
            Disarm(timer);
            if (timer.Deadline <= now) timer.Owner.OnTimer(timer);
            else Arm(timer, timer.Deadline);
        }
    }

    private void Link(LoopTimer?[] level, int slot, LoopTimer timer)
    {
        if (level == _fine) _fineCount++;
        else _coarseCount++;
        timer.Level = level;
        timer.Slot = slot;
        timer.Next = level[slot];
        if (timer.Next is not null) timer.Next.Previous = timer;
        level[slot] = timer;
    }
}
