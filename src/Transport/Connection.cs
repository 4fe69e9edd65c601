using Sento.Base;
using Sento.Transport.Tls;

namespace Sento.Transport;

/// <summary>
/// A byte stream on a socket: receive with hold-back, send with a queue, TLS in between when asked for.
/// </summary>
public sealed unsafe class Connection : Channel, ITimerOwner
{
    private static readonly TimeSpan LingerMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FlushMax = TimeSpan.FromSeconds(10);

    private readonly IConnectionOwner _owner;
    private HeldBytes _held;
    private LowWater? _lowWater;
    private TlsLayer? _tls;
    private CodecLayer? _codec;
    private bool _isCodecNew;
    private SendQueue? _queue;
    private LoopTimer? _goodbye;
    private Stage _stage;
    private bool _isPaused;
    private bool _isDelivering;
    private bool _redelivers;
    private bool _sendFailed;
    private bool _wasAboveHigh;

    private Connection(EventLoop loop, IConnectionOwner owner, int descriptor, Stage stage)
    {
        Loop = loop;
        _owner = owner;
        Descriptor = descriptor;
        _stage = stage;
    }

    private enum Stage : byte { Connecting, Open, Flushing, Lingering, Closed }

    public EventLoop Loop { get; }

    public bool IsClosed => _stage == Stage.Closed;

    /// <summary>Connected, and nobody has ended it.</summary>
    internal bool IsOpen => _stage == Stage.Open;

    /// <summary>Bytes that wait for the socket to take them.</summary>
    public int QueuedBytes => (_queue?.Length ?? 0) + BytesInFlight;

    /// <summary>The bytes sent last have not left this machine: the connection had ended before.</summary>
    internal bool SendWasRefused { get; private set; }

    /// <summary>
    /// TLS has answered the peer of its own accord, or the end of its socket was not seen: whether the peer
    /// has read what it was sent last can't be told.
    /// </summary>
    internal bool SendIsInDoubt => _tls is { IsInDoubt: true };

    /// <summary>True while the other side's source of bytes should not be read.</summary>
    public bool IsBackedUp => QueuedBytes > Limits.SendQueueHighBytes;

    /// <summary>
    /// Takes over an accepted socket and starts receiving; nothing is delivered before this returns.
    /// </summary>
    public static Connection Accept(EventLoop loop, int descriptor, IConnectionOwner owner)
    {
        var connection = new Connection(loop, owner, descriptor, Stage.Open);
        loop.Driver.WantReceive(connection, true);
        loop.Driver.Open(connection);
        return connection;
    }

    /// <summary>
    /// Starts to connect; <see cref="IConnectionOwner.OnConnected"/> tells how it went, never before
    /// this returns.
    /// </summary>
    /// <returns>Null with the system's error when not even a socket could be had.</returns>
    public static Connection? TryConnect(
        EventLoop loop, IConnectionOwner owner, SocketAddress address, out int error)
    {
        var descriptor = SocketCalls.Connect(address, out error);
        if (descriptor < 0)
            return null;
        var connection = new Connection(loop, owner, descriptor, Stage.Connecting);
        loop.Driver.Open(connection);
        loop.Driver.WantSend(connection, true);
        return connection;
    }

    public static string Describe(int error) => Native.Describe(error);

    /// <summary>
    /// Sends now what the socket takes and queues the rest. Failure is told later, through OnClosed.
    /// </summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (_stage != Stage.Open || _sendFailed || bytes.IsEmpty)
            return;
        if (_codec is not null)
            bytes = _codec.Encode(bytes);
        if (_tls is not null) _tls.Send(bytes);
        else SendRaw(bytes);
    }

    /// <summary>
    /// Everything from here on is TLS; the peer begins. <see cref="IConnectionOwner.OnSecured"/> tells
    /// the outcome.
    /// </summary>
    /// <param name="session">Owned, and disposed, by this connection.</param>
    /// <param name="early">Bytes of the handshake that have been received as plain ones.</param>
    public void AcceptTls(TlsSession session, ReadOnlySpan<byte> early = default)
    {
        Invariant.Holds(_tls is null && _stage == Stage.Open);
        _tls = new TlsLayer(this, session);
        if (!early.IsEmpty)
            _tls.Receive(early);
    }

    /// <summary>The same; we begin.</summary>
    public void BeginTls(TlsSession session)
    {
        AcceptTls(session);
        _tls!.Begin();
    }

    /// <summary>The TLS session; null: plain.</summary>
    public TlsSession? Tls => _tls?.Session;

    /// <summary>
    /// Everything from here on goes through a codec, both ways; also what is held or delivered now.
    /// </summary>
    public void Encode(IByteCodec codec)
    {
        Invariant.Holds(_codec is null && _stage == Stage.Open);
        _codec = new CodecLayer(this, codec);
        _isCodecNew = _isDelivering;
        if (!_isDelivering)
            MoveToCodec(_held.Span);
    }

    /// <summary>Shows no more bytes to the owner until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        if (_isPaused)
            return;
        _isPaused = true;
        Loop.Driver.WantReceive(this, false);
    }

    /// <summary>Receives again; bytes held are shown at the end of this turn.</summary>
    public void Resume()
    {
        if (!_isPaused || _stage != Stage.Open)
            return;
        _isPaused = false;
        if (_tls is not { IsAtWorker: true } && _codec is not { IsBehind: true })
            Loop.Driver.WantReceive(this, true);
        Redeliver();
    }

    /// <summary>
    /// Shows the held bytes again at the end of this turn, because the owner can now do more with them.
    /// </summary>
    public void Redeliver()
    {
        // Inside a delivery the bytes are held only when it ends.
        if (_isDelivering) _redelivers = true;
        else if (_held.Length > 0 || _codec is not null) Loop.Defer(this);
    }

    /// <summary>What comes need not be shown in little pieces. Nothing that is complete waits.</summary>
    /// <param name="bytes">So many are certain to come behind those that are shown now.</param>
    /// <param name="isBulk">
    /// Much has come already, and more is likely to; what comes last may wait for a millisecond.
    /// </param>
    public void Expect(int bytes, bool isBulk = false)
    {
        // Of what is encrypted or packed, some may be here already.
        var certain = _tls is null && _codec is null ? bytes : 0;
        if (_lowWater is not null || isBulk || certain >= LowWater.CertainMin)
            (_lowWater ??= new LowWater(this)).Expect(certain, isBulk);
    }

    /// <summary>Puts bytes that were done with back in front of what is held.</summary>
    public void PutBack(ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(!_isDelivering);
        if (_stage == Stage.Open)
            _held.Prepend(bytes);
    }

    /// <summary>Closes at once; queued bytes are lost. The owner hears nothing more.</summary>
    public void Close()
    {
        if (_stage == Stage.Closed)
            return;
        _stage = Stage.Closed;
        Loop.Driver.Close(this);
        Descriptor = -1;
        if (_goodbye is not null)
            Loop.Timers.Disarm(_goodbye);
        _queue?.Clear();
        _queue = null;
        if (!_isDelivering)
            _held.Release();
        _codec?.Close();
        _tls?.Close();
    }

    /// <summary>
    /// Closes once what is queued was sent and the peer has seen it; the owner hears nothing more.
    /// </summary>
    /// <remarks>
    /// Closing while the peer still sends would reset the connection and could destroy our last words on
    /// their way: so the sending half is shut and the rest read to its end, for five seconds at most.
    /// </remarks>
    public void CloseWhenSent()
    {
        if (_stage != Stage.Open)
        {
            Close();
            return;
        }
        _tls?.SendCloseNotify();
        _stage = Stage.Flushing;
        _isPaused = false;
        if (!_isDelivering)
            _held.Release();
        Loop.Driver.WantReceive(this, true);
        Loop.Driver.WantSend(this, QueuedBytes > 0);
        if (QueuedBytes == 0) BeginLinger();
        else ArmGoodbye(FlushMax);
    }

    void ITimerOwner.OnTimer(LoopTimer timer) => Close();

    internal override void OnReadable() => ReceiveNow();

    /// <summary>One receive into the loop's large buffer; returns the bytes that came.</summary>
    internal int ReceiveNow()
    {
        var buffer = _tls is null ? Loop.ReceiveBuffer : Loop.CipherBuffer;
        // The little that is held goes first into the same buffer: cheaper than to copy what comes behind it.
        var kept = _tls is null && _codec is null ? _held.MoveTo(buffer) : 0;
        nint count;
        fixed (byte* start = buffer)
            count = Native.recv(Descriptor, start + kept, (nuint)(buffer.Length - kept), Native.MSG_DONTWAIT);
        if (count > 0)
        {
            CompleteReceive(buffer.AsSpan(0, kept + (int)count), kept);
            return (int)count;
        }
        _held.Append(buffer.AsSpan(0, kept));
        var error = count == 0 ? 0 : Native.LastError;
        if (count == 0 || error is not (Native.EAGAIN or Native.EINTR))
            CompleteReceiveEnd(error);
        return 0;
    }

    internal override void OnWritable()
    {
        if (_stage == Stage.Connecting)
        {
            CompleteConnect();
            return;
        }
        CompleteSend();
    }

    internal override void OnHangUp() => PeerGone(CloseCause.Reset);

    /// <summary>Bytes have come, in a buffer of the loop, perhaps behind others that were kept.</summary>
    internal void CompleteReceive(ReadOnlySpan<byte> bytes, int kept = 0)
    {
        if (_stage is Stage.Flushing or Stage.Lingering)
            return;
        _lowWater?.Count(bytes.Length - kept);
        if (_tls is null) Deliver(bytes);
        else _tls.Receive(bytes);
    }

    /// <summary>The stream has ended (error 0) or broken.</summary>
    internal void CompleteReceiveEnd(int error) =>
        PeerGone(error == 0 ? CloseCause.EndOfStream : CloseCause.Reset);

    /// <summary>What the driver had taken can't be sent any more.</summary>
    /// <param name="error">The system's, if nothing of it has left; else 0.</param>
    internal void CompleteSendFailure(int error) => FailSend(error);

    /// <summary>The socket takes bytes again.</summary>
    internal void CompleteSend()
    {
        while (_queue is { Length: > 0 })
        {
            var offered = _queue.Front.Length;
            // Much that waits goes in one call; no block of the driver's may be on its way before it.
            var sent = InFlight is null && _queue.Length > offered
                ? SocketCalls.Send(Descriptor, _queue, out offered)
                : Loop.Driver.Send(this, _queue.Front);
            if (sent < 0)
            {
                FailSend(0);
                return;
            }
            if (sent > 0)
                _queue.Remove(sent);
            if (sent < offered)
                break;
        }
        if (QueuedBytes == 0)
        {
            _queue = null;
            Loop.Driver.WantSend(this, false);
        }
        if (_stage == Stage.Flushing && QueuedBytes == 0)
        {
            BeginLinger();
            return;
        }
        if (_wasAboveHigh && QueuedBytes <= Limits.SendQueueLowBytes && _stage == Stage.Open)
        {
            _wasAboveHigh = false;
            Guard(static c => c._owner.OnSendDrained(c));
        }
    }

    /// <summary>At a turn's end: the bad news that a send met, or bytes held that can now be used.</summary>
    internal void RunDeferred()
    {
        if (_stage == Stage.Closed)
            return;
        if (_sendFailed)
        {
            PeerGone(CloseCause.Reset);
            return;
        }
        if (IsTaking && _held.Length > 0)
            DeliverPlain(default);
        if (_codec is not null)
            Guard(static c => c._codec!.Pump());
    }

    /// <summary>Bytes may be shown to the owner.</summary>
    internal bool IsTaking => _stage == Stage.Open && !_isPaused;

    private void CompleteConnect()
    {
        var error = 0;
        var length = (uint)sizeof(int);
        _ = Native.getsockopt(Descriptor, Native.SOL_SOCKET, Native.SO_ERROR, &error, &length);
        Loop.Driver.WantSend(this, false);
        _stage = Stage.Open;
        if (error == 0)
            Loop.Driver.WantReceive(this, true);
        var outcome = error;
        Guard(c => c._owner.OnConnected(c, outcome));
    }

    internal void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (_codec is null)
        {
            DeliverPlain(bytes);
            return;
        }
        _codec.Append(bytes);
        Guard(static c => c._codec!.OnReceived());
    }

    internal void DeliverPlain(ReadOnlySpan<byte> bytes)
    {
        var fromHeld = _held.Length > 0;
        if (fromHeld || _isPaused)
            _held.Append(bytes);
        if (_isPaused)
            return;
        var window = fromHeld ? _held.Span : bytes;
        _isDelivering = true;
        _redelivers = false;
        var consumed = 0;
        try
        {
            consumed = _owner.OnReceived(this, window);
            Invariant.Holds((uint)consumed <= (uint)window.Length);
        }
        catch (Exception fault)
        {
            consumed = window.Length;
            _owner.OnFault(this, fault);
        }
        _isDelivering = false;
        if (_stage == Stage.Open) _lowWater?.Settle();
        if (_stage != Stage.Open)
            _held.Release();
        else if (_isCodecNew)
            MoveToCodec(window[consumed..]);
        else if (fromHeld)
            _held.Drop(consumed);
        else if (consumed < window.Length)
            _held.Append(window[consumed..]);
        if (_redelivers && _held.Length > 0)
            Loop.Defer(this);
    }

    private void MoveToCodec(ReadOnlySpan<byte> held)
    {
        _codec!.Append(held);
        _held.Release();
        _isCodecNew = false;
        Loop.Defer(this);
    }

    internal void SendRaw(ReadOnlySpan<byte> bytes)
    {
        // TLS has rarely anything to say by itself; a send of nothing takes the socket's error with it.
        if (bytes.IsEmpty)
            return;
        if (_queue is null or { Length: 0 })
        {
            var sent = Loop.Driver.Send(this, bytes);
            if (sent < 0)
            {
                FailSend(-sent);
                return;
            }
            bytes = bytes[sent..];
            if (bytes.IsEmpty) return;
        }
        _queue ??= new SendQueue(Loop.Blocks);
        _queue.Append(bytes);
        _wasAboveHigh |= IsBackedUp;
        Loop.Driver.WantSend(this, true);
    }

    internal void FailSend(int error)
    {
        SendWasRefused = error is Native.EPIPE or Native.ECONNRESET;
        // The owner may be in the middle of its own handler: tell it at the end of the turn.
        _sendFailed = true;
        _queue?.Clear();
        _queue = null;
        Loop.Driver.WantSend(this, false);
        if (_stage == Stage.Open) Loop.Defer(this);
        else Close();
    }

    internal void PeerGone(CloseCause cause)
    {
        if (_stage is Stage.Flushing or Stage.Lingering)
        {
            Close();
            return;
        }
        if (_stage != Stage.Open)
        {
            if (_stage == Stage.Connecting)
                CompleteConnect();
            return;
        }
        Loop.Driver.WantReceive(this, false);
        Guard(c => c._owner.OnClosed(c, cause));
        Close();
    }

    /// <summary>The peer sends no more, and its socket may end a little later.</summary>
    internal bool AwaitsEnd() => _stage == Stage.Open && _owner.AwaitsEnd(this);

    /// <summary>The handshake is over.</summary>
    /// <param name="error">Null: everything that follows is encrypted.</param>
    internal void TellSecured(string? error)
    {
        if (error is null && !_isPaused)
            Loop.Driver.WantReceive(this, true);
        Guard(c => c._owner.OnSecured(c, error));
    }

    private void BeginLinger()
    {
        _stage = Stage.Lingering;
        _ = Native.shutdown(Descriptor, Native.SHUT_WR);
        ArmGoodbye(LingerMax);
    }

    private void ArmGoodbye(TimeSpan after)
    {
        _goodbye ??= new LoopTimer(this);
        Loop.Timers.Arm(_goodbye, Loop.Now + after);
    }

    private void Guard(Action<Connection> handler)
    {
        try
        {
            handler(this);
        }
        catch (Exception fault)
        {
            _owner.OnFault(this, fault);
        }
    }
}
