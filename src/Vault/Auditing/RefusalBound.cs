namespace Sento.Vault.Auditing;

/// <summary>
/// Bounds lines about strangers, who can make as many of them as they like: so many a second are written, and
/// what is beyond is counted in one line a second later. Any thread; never waits.
/// </summary>
public sealed class RefusalBound : IDisposable
{
    /// <summary>Some hundred bytes each: at most about three gigabytes a day.</summary>
    public const int PerSecondMax = 100;

    private static readonly TimeSpan CountAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(2);

    private readonly string _operation;
    private readonly Action<AuditEntry> _append;
    private readonly ITimer _timer;
    private long _leftOut;
    private long _second;
    private int _taken;

    /// <param name="operation">What the line that counts says was asked for.</param>
    /// <param name="append">Writes that line, on a thread of the pool; must not throw.</param>
    public RefusalBound(string operation, Action<AuditEntry> append)
    {
        _operation = operation;
        _append = append;
        _timer = TimeProvider.System.CreateTimer(
            _ => WriteCount(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Whether a line may be written. Two threads at the turn of a second may let through a few more.
    /// </summary>
    public bool TryTake()
    {
        var second = Environment.TickCount64 / 1000;
        if (Interlocked.Exchange(ref _second, second) != second)
            Interlocked.Exchange(ref _taken, 0);
        return Interlocked.Increment(ref _taken) <= PerSecondMax;
    }

    /// <summary>Counts one that is not written down by itself.</summary>
    public void LeaveOut()
    {
        if (Interlocked.Increment(ref _leftOut) == 1)
            _timer.Change(CountAfter, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Writes what has been counted until now.</summary>
    public void Dispose()
    {
        _timer.DisposeAsync().AsTask().Wait(GoodbyePatience);
        WriteCount();
    }

    private void WriteCount()
    {
        if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var count)
            _append(new AuditEntry
            {
                Principal = AuditEntry.Unknown,
                Operation = _operation,
                Outcome = $"{count} more, not written down one by one",
            });
    }
}
