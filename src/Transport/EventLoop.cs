using System.Collections.Concurrent;
using Sento.Base;
using Sento.Transport.Epoll;

namespace Sento.Transport;

/// <summary>
/// One thread that runs its sockets to completion: completions, timers, posted work, deferred
/// deliveries.
/// </summary>
/// <remarks>
/// Everything it owns is touched on its thread only; <see cref="Post"/> and <see cref="Stop"/> are for
/// the others.
/// </remarks>
public sealed class EventLoop : IDisposable
{
    private readonly ILoopDriver _driver;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly RingQueue<Connection> _deferred = new(64);
    private readonly List<LowWater> _floods = [];
    private readonly Stack<(ByteBuffer ToClient, ByteBuffer ToServer)> _spares = [];
    private readonly Thread _thread;
    private readonly Action<Exception> _onFault;
    private volatile bool _stopping;
    private LoopTime _now;
    private bool _isNowOld;

    /// <param name="name">Of the thread.</param>
    /// <param name="onFault">Told of exceptions that reached the loop's edge; the loop goes on.</param>
    /// <param name="driver">Owned by the loop; null: epoll.</param>
    public EventLoop(string name, CpuWorkers workers, Action<Exception> onFault, ILoopDriver? driver = null)
    {
        _driver = driver ?? new EpollDriver();
        Workers = workers;
        _onFault = onFault;
        _now = LoopTime.Read();
        Timers = new TimerWheel(_now);
        ReceiveBuffer = GC.AllocateUninitializedArray<byte>(Limits.ReceiveBytes, pinned: true);
        CipherBuffer = GC.AllocateUninitializedArray<byte>(Limits.ReceiveBytes, pinned: true);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    public ILoopDriver Driver => _driver;

    public TimerWheel Timers { get; }

    public BlockPool Blocks { get; } = new();

    /// <summary>The clock as it was first looked at in this turn, after the wait.</summary>
    /// <remarks>
    /// Handlers run inside the driver's poll, behind its wait: a clock read between two polls would show them
    /// the time before the wait, up to a second ago.
    /// </remarks>
    public LoopTime Now
    {
        get
        {
            if (_isNowOld)
            {
                _now = LoopTime.Read();
                _isNowOld = false;
            }
            return _now;
        }
    }

    /// <summary>Where plain bytes are received; valid only while a handler runs.</summary>
    internal byte[] ReceiveBuffer { get; }

    /// <summary>
    /// Where encrypted bytes are received before they are decrypted into <see cref="ReceiveBuffer"/>.
    /// </summary>
    internal byte[] CipherBuffer { get; }

    /// <summary>
    /// Scratch for building messages to the client within one handler; flushed before it returns.
    /// </summary>
    public ByteBuffer ToClient { get; private set; } = new(64 * 1024);

    /// <summary>The same for messages to the server.</summary>
    public ByteBuffer ToServer { get; private set; } = new(64 * 1024);

    /// <summary>Scratch for encrypted bytes on their way out.</summary>
    internal ByteBuffer ToWire { get; } = new(64 * 1024);

    /// <summary>Scratch for what a codec makes of bytes on their way out.</summary>
    internal ByteBuffer ToCodec { get; } = new();

    /// <summary>Threads for work too heavy for a loop: handshakes, key derivation.</summary>
    public CpuWorkers Workers { get; }

    /// <summary>
    /// Puts away what a handler has built, while it calls another connection's: that one would send it as its
    /// own.
    /// </summary>
    public ScratchAside SetAside()
    {
        if (ToClient.Length == 0 && ToServer.Length == 0)
            return default;
        var aside = new ScratchAside(this, ToClient, ToServer);
        (ToClient, ToServer) = _spares.TryPop(out var spare) ? spare : (new ByteBuffer(), new ByteBuffer());
        return aside;
    }

    internal void TakeBack(ByteBuffer toClient, ByteBuffer toServer)
    {
        ToClient.Clear();
        ToServer.Clear();
        _spares.Push((ToClient, ToServer));
        (ToClient, ToServer) = (toClient, toServer);
    }

    /// <summary>Forgets what a handler that threw has left in the scratch buffers.</summary>
    public void DropScratch()
    {
        ToClient.Clear();
        ToServer.Clear();
        ToWire.Clear();
        ToCodec.Clear();
    }

    public bool IsLoopThread => Thread.CurrentThread == _thread;

    public void Start() => _thread.Start();

    /// <summary>
    /// Runs <paramref name="work"/> on the loop's thread in one of its next turns. Any thread.
    /// </summary>
    public void Post(Action work)
    {
        _posted.Enqueue(work);
        _driver.Wake();
    }

    public void Stop()
    {
        _stopping = true;
        _driver.Wake();
    }

    public void Join() => _thread.Join();

    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Stop();
            _thread.Join();
        }
        _driver.Dispose();
    }

    /// <summary>
    /// Delivers held bytes at the end of this turn: never inside another connection's handler.
    /// </summary>
    internal void Defer(Connection connection) => _deferred.Enqueue(connection);

    /// <summary>Looks at it about every millisecond, until it needs that no more.</summary>
    internal void Watch(LowWater flood) => _floods.Add(flood);

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                Turn();
            }
            catch (Exception fault)
            {
                DropScratch();
                _onFault(fault);
            }
        }
        _driver.End();
    }

    private void Turn()
    {
        var wait = _deferred.Count > 0 || !_posted.IsEmpty ? 0 : Timers.NextDelayMilliseconds(Now);
        _isNowOld = true;
        _driver.Poll(_floods.Count > 0 && wait != 0 ? 1 : wait);
        Timers.Advance(Now);
        if (_floods.Count > 0)
            _floods.RemoveAll(static flood => !flood.Check());

        if (!_posted.IsEmpty)
            RunPosted();
        for (var left = _deferred.Count; left > 0 && _deferred.Count > 0; left--)
            _deferred.Dequeue().RunDeferred();
    }

    private void RunPosted()
    {
        // Only what is there now: work that posts work must not starve the sockets.
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
            work();
    }
}
