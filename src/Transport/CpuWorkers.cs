using Sento.Base;

namespace Sento.Transport;

/// <summary>A piece of CPU-heavy work, such as a handshake step or a password check.</summary>
public interface ICpuWork
{
    /// <summary>The work itself, on a worker's thread.</summary>
    void Run();

    /// <summary>
    /// Follows <see cref="Run"/> on the same thread: posts the outcome to the loop that waits for it.
    /// </summary>
    /// <param name="fault">What <see cref="Run"/> threw, or null. Must not throw itself.</param>
    void Finished(Exception? fault);
}

/// <summary>A few threads for work that would stall a loop's other clients: public keys, PBKDF2.</summary>
/// <remarks>First come, first served. Any thread may add work; adding allocates nothing.</remarks>
public sealed class CpuWorkers : IDisposable
{
    /// <summary>
    /// Pieces of work that wait for a thread. At half a millisecond each, the last one waits seconds: its
    /// client's patience. Above it work is refused.
    /// </summary>
    public const int WaitingMaxDefault = 8192;

    /// <summary>
    /// A monitor: who waits for it sleeps at once. A semaphore would turn in circles for a while first, on
    /// cores that the loops want.
    /// </summary>
    private readonly object _gate = new();
    private readonly Queue<ICpuWork> _waiting;
    private readonly Thread[] _threads;
    private readonly int _waitingMax;
    private bool _isStopping;

    /// <param name="threadCount">Half the cores is a good number: the loops want theirs.</param>
    public CpuWorkers(int threadCount, int waitingMax = WaitingMaxDefault)
    {
        Invariant.Holds(threadCount > 0);
        Invariant.Holds(waitingMax > 0);
        _waitingMax = waitingMax;
        _waiting = new Queue<ICpuWork>(waitingMax);
        _threads = new Thread[threadCount];
        for (var index = 0; index < threadCount; index++)
        {
            _threads[index] = new Thread(Work) { Name = $"sento-cpu-{index}", IsBackground = true };
            _threads[index].Start();
        }
    }

    /// <summary>Work that no thread has begun yet.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <returns>
    /// False: <paramref name="refusal"/> says why, and neither of the work's methods will be called.
    /// </returns>
    public bool TryRun(ICpuWork work, out string? refusal)
    {
        lock (_gate)
        {
            refusal = _isStopping ? "the proxy is stopping"
                : _waiting.Count < _waitingMax ? null
                : $"too many sign-ins at once: {_waitingMax} wait for a worker";
            if (refusal is not null)
                return false;
            _waiting.Enqueue(work);
            Monitor.Pulse(_gate);
        }
        return true;
    }

    /// <summary>Refuses new work, and returns when all that was accepted is finished.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isStopping)
                return;
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads)
            thread.Join();
        Invariant.Holds(WaitingCount == 0);
    }

    private void Work()
    {
        while (Next() is { } work)
        {
            Exception? fault = null;
            try
            {
                work.Run();
            }
            catch (Exception thrown)
            {
                fault = thrown;
            }
            work.Finished(fault);
        }
    }

    /// <summary>The oldest piece of work, waited for; null: there will be no more.</summary>
    private ICpuWork? Next()
    {
        lock (_gate)
        {
            ICpuWork? work;
            while (!_waiting.TryDequeue(out work) && !_isStopping)
                Monitor.Wait(_gate);
            return work;
        }
    }
}
