using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport.IoUring;

/// <summary>
/// The driver with the fewest system calls: one call a turn hands in all that was sent, receives for all
/// sockets, and waits. Linux 6.1 and later, where it is permitted.
/// </summary>
/// <remarks>
/// Completions carry a generation: neither a closed connection nor its successor on the same descriptor
/// gets what was meant for the other.
/// </remarks>
internal sealed unsafe class IoUringDriver : ILoopDriver
{
    private const uint SubmissionCount = 1024;
    private const uint CompletionCount = 4096;

    private readonly Ring _ring;
    private readonly ReceiveBuffers _buffers;
    private readonly Receives _receives;
    private readonly Sends _sends;
    private readonly Queue<(Channel Channel, uint Generation)> _ready = new();
    private readonly Stack<int> _freeSlots = new();
    private readonly int _wake;
    private readonly ulong* _wakeCount;
    private Channel?[] _channels = new Channel?[64];
    private int _slotsUsed;
    private uint _lastGeneration;
    private int _woken;
    private bool _isSettlementAwaited;

    private IoUringDriver(Ring ring, ReceiveBuffers buffers)
    {
        _ring = ring;
        _buffers = buffers;
        _receives = new Receives(ring, buffers, MakeReady);
        _sends = new Sends(ring, MakeReady);
        // Blocking on purpose: else a read would complete with EAGAIN instead of waiting.
        _wake = Native.eventfd(0, Native.EFD_CLOEXEC);
        Invariant.Holds(_wake >= 0);
        _wakeCount = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));
        ArmWake();
    }

    public string Name => "io_uring";

    /// <summary>Any thread. Null with the error number when the kernel refuses.</summary>
    /// <param name="bufferCount">Buffers to receive into, a power of two.</param>
    public static IoUringDriver? TryOpen(out int error, uint bufferCount = Limits.RingBuffers)
    {
        if (Ring.TryOpen(SubmissionCount, CompletionCount, out error) is not { } ring)
            return null;
        if (ReceiveBuffers.TryRegister(ring, bufferCount, Limits.RingBufferBytes, out error) is { } buffers)
            return new IoUringDriver(ring, buffers);
        ring.Dispose();
        return null;
    }

    public void Open(Channel channel)
    {
        Invariant.Holds(channel.Slot < 0);
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _slotsUsed++;
            if (slot == _channels.Length)
                Array.Resize(ref _channels, slot * 2);
        }
        _channels[slot] = channel;
        channel.Slot = slot;
        channel.Generation = _lastGeneration = (_lastGeneration + 1) & CompletionKey.GenerationMask;
        channel.Interest = 0;
        if (channel.ReceiveWanted)
            _receives.Want(channel);
    }

    public void Close(Channel channel)
    {
        if (channel.Slot < 0)
        {
            _ = Native.close(channel.Descriptor);
            return;
        }
        _receives.Cancel(channel);
        _receives.Forget(channel);
        if ((channel.Interest & Note.WritablePolled) != 0)
            _receives.Cancel(channel, CompletionKind.Writable);
        if ((channel.Interest & Note.HangUpPolled) != 0)
            _receives.Cancel(channel, CompletionKind.HangUp);
        if (channel is Connection connection)
            _sends.Abandon(connection);
        ref var close = ref _ring.Add();
        close.Operation = Submission.Close;
        close.Flags = Submission.SkipSuccess;
        close.Descriptor = channel.Descriptor;
        _channels[channel.Slot] = null;
        _freeSlots.Push(channel.Slot);
        channel.Slot = -1;
        // Its address may be listened on again at once.
        if (channel is Listener)
            Enter(0, 0);
    }

    public void WantReceive(Channel channel, bool wanted)
    {
        channel.ReceiveWanted = wanted;
        // Unwanting is lazy: most often it is wanted again before anything arrives.
        if (wanted && channel.Slot >= 0)
            _receives.Want(channel);
    }

    public void WantSend(Channel channel, bool wanted)
    {
        channel.SendWanted = wanted;
        if (wanted && channel.Slot >= 0)
            PollWritable(channel);
    }

    public int Send(Connection connection, ReadOnlySpan<byte> bytes)
    {
        var joined = _sends.TryJoin(connection, bytes);
        if (joined > 0) return joined;
        if (joined == 0)
        {
            // The rest must not overtake what has not left: have that leave now.
            Enter(0, 0);
            if (connection.InFlight is not null)
                return 0;
        }
        return _sends.TryStart(connection, bytes) ? bytes.Length
            : SocketCalls.Send(connection.Descriptor, bytes);
    }

    public bool TryTakeBack(Connection connection) => false; // It may be in the ring already.

    public void Poll(int milliseconds)
    {
        if (!_ring.IsEnabled)
            _ring.Enable();
        _receives.ArmStarved();
        var mayWait = milliseconds != 0 && _ready.Count == 0 && !_isSettlementAwaited
            && _ring.Head == _ring.Tail && !_ring.HasOverflow;
        Enter(mayWait ? 1u : 0u, milliseconds);
        RunReady();
        for (var end = _sends.Scanned; _ring.Head != end && (int)(end - _ring.Head) > 0;)
            Dispatch(_ring.Take(), end);
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) != 0)
            return;
        ulong one = 1;
        _ = Native.write(_wake, &one, sizeof(ulong));
    }

    public void End()
    {
        if (_ring.IsEnabled)
            _ring.CancelAll();
    }

    public void Dispose()
    {
        _ring.Dispose();
        _buffers.Dispose();
        _sends.Dispose();
        _ = Native.close(_wake);
        NativeMemory.Free(_wakeCount);
    }

    private void Enter(uint waitFor, int milliseconds)
    {
        _isSettlementAwaited = false;
        _ring.Enter(waitFor, milliseconds);
        _sends.Settle();
    }

    private void MakeReady(Channel channel)
    {
        if ((channel.Interest & Note.IsReady) != 0)
            return;
        channel.Interest |= Note.IsReady;
        _ready.Enqueue((channel, channel.Generation));
    }

    /// <summary>Tells what could not be told inside the call that found it out.</summary>
    private void RunReady()
    {
        for (var left = _ready.Count; left > 0; left--)
        {
            var (channel, generation) = _ready.Dequeue();
            if (channel.Slot < 0 || channel.Generation != generation)
                continue;
            var notes = channel.Interest;
            channel.Interest &= ~(Note.IsReady | Note.SendSettled | Note.SendFailed | Note.SendRefused);
            var connection = (Connection)channel;
            var refusal = (notes & Note.SendRefused) != 0 ? Native.EPIPE : 0;
            if ((notes & Note.SendFailed) != 0) connection.CompleteSendFailure(refusal);
            else if ((notes & Note.SendSettled) != 0) TellWritable(channel);
            if (channel.Slot >= 0 && channel.Generation == generation && channel.ReceiveWanted)
                _receives.Release(connection);
        }
    }

    private void Dispatch(in Completion completion, uint end)
    {
        var kind = CompletionKey.Kind(completion.Key);
        switch (kind)
        {
            case CompletionKind.Nothing or CompletionKind.PromptSend:
                return;
            case CompletionKind.PatientSend:
                _sends.CompletePatient(completion);
                return;
            case CompletionKind.Wake:
                Volatile.Write(ref _woken, 0);
                ArmWake();
                return;
        }
        var channel = _channels[CompletionKey.Slot(completion.Key)];
        if (channel is null || channel.Generation != CompletionKey.Generation(completion.Key))
            _receives.Discard(completion);
        else if (kind == CompletionKind.Receive)
            _receives.Complete((Connection)channel, completion, end);
        else if (kind == CompletionKind.Readable)
            _receives.CompleteReadable((Connection)channel);
        else
            CompletePoll(channel, kind, completion);
    }

    private void CompletePoll(Channel channel, CompletionKind kind, in Completion completion)
    {
        if (kind == CompletionKind.Acceptable)
        {
            CompleteAcceptable(channel);
            return;
        }
        if (kind == CompletionKind.HangUp)
        {
            if (completion.IsLast)
                channel.Interest &= ~Note.HangUpPolled;
            // A peer that has only ended its half is told when somebody wants to receive again.
            const int Gone = (int)(Native.EPOLLERR | Native.EPOLLHUP);
            if (!channel.ReceiveWanted && completion.Result > 0 && (completion.Result & Gone) != 0)
                channel.OnHangUp();
            return;
        }
        channel.Interest &= ~Note.WritablePolled;
        if (channel.SendWanted)
            TellWritable(channel);
    }

    private void CompleteAcceptable(Channel listener)
    {
        var generation = listener.Generation;
        listener.Interest &= ~(Note.ReceiveArmed | Note.ReceiveCancelled);
        if (listener.ReceiveWanted)
            listener.OnReadable();
        if (listener.Slot >= 0 && listener.Generation == generation)
            _receives.Settle(listener);
    }

    private void TellWritable(Channel channel)
    {
        var generation = channel.Generation;
        if (channel.SendWanted)
            channel.OnWritable();
        if (channel.SendWanted && channel.Slot >= 0 && channel.Generation == generation)
            PollWritable(channel);
    }

    /// <summary>Unless a message is on its way: then its settlement tells.</summary>
    private void PollWritable(Channel channel)
    {
        // A prompt send completes nothing when it succeeds: the call that makes it must not wait.
        if (channel.InFlight is { } block)
        {
            _isSettlementAwaited |= block.Stage == SendStage.Prompt;
            return;
        }
        if ((channel.Interest & Note.WritablePolled) != 0)
            return;
        channel.Interest |= Note.WritablePolled;
        ref var poll = ref _ring.Add();
        poll.Operation = Submission.PollAdd;
        poll.Descriptor = channel.Descriptor;
        poll.OperationFlags = Native.EPOLLOUT;
        poll.Key = CompletionKey.Of(CompletionKind.Writable, channel);
    }

    private void ArmWake()
    {
        ref var read = ref _ring.Add();
        read.Operation = Submission.Read;
        read.Descriptor = _wake;
        read.Address = (ulong)_wakeCount;
        read.Length = sizeof(ulong);
        read.Key = CompletionKey.Of(CompletionKind.Wake);
    }
}
