using Sento.Base;

namespace Sento.Transport.IoUring;

/// <summary>
/// Receiving: one operation for each socket that completes again and again into the ring's buffers.
/// </summary>
/// <remarks>
/// Nobody can drain the buffers: each is given back when its handler has returned, and a socket that is not
/// wanted any more has its operation called back as soon as bytes come for it. When more arrives within one
/// turn than there are buffers, the sockets that went without are armed again before the next wait. A socket
/// through which much comes at a time streams: it is waited for and then read, as with epoll.
/// </remarks>
internal sealed class Receives(Ring ring, ReceiveBuffers buffers, Action<Channel> makeReady)
{
    /// <summary>So often in a row, and the socket does not stream any more.</summary>
    private const uint LittleMax = 16 * Note.LittleOnce;

    private readonly Dictionary<Channel, Withheld> _withheld = [];
    private List<(Channel Channel, uint Generation)> _starved = [];
    private List<(Channel Channel, uint Generation)> _arming = [];

    /// <summary>Sockets that went without a buffer in this turn.</summary>
    public int StarvedCount => _starved.Count;

    public void Want(Channel channel)
    {
        if ((channel.Interest & Note.HasWithheld) != 0) makeReady(channel);
        else if ((channel.Interest & (Note.ReceiveArmed | Note.ReceiveStarved)) == 0) Arm(channel);
    }

    public void ArmStarved()
    {
        if (_starved.Count == 0)
            return;
        (_starved, _arming) = (_arming, _starved);
        foreach (var (channel, generation) in _arming)
        {
            if (channel.Slot < 0 || channel.Generation != generation)
                continue;
            channel.Interest &= ~Note.ReceiveStarved;
            Settle(channel);
        }
        _arming.Clear();
    }

    /// <summary>Bytes, the stream's end, an error, or the operation's end.</summary>
    public void Complete(Connection connection, in Completion completion, uint end)
    {
        var generation = connection.Generation;
        if (completion.IsLast)
            connection.Interest &= ~(Note.ReceiveArmed | Note.ReceiveCancelled);
        if (completion.Result > 0)
            TakeBytes(connection, completion, end);
        else if (completion.Result == 0)
            TakeEnd(connection, 0);
        else
            TakeError(connection, -completion.Result);
        if (connection.Slot >= 0 && connection.Generation == generation)
            Settle(connection);
    }

    /// <summary>A socket that streams has something to read.</summary>
    public void CompleteReadable(Connection connection)
    {
        var generation = connection.Generation;
        connection.Interest &= ~(Note.ReceiveArmed | Note.ReceiveCancelled);
        if (connection.ReceiveWanted)
        {
            var count = connection.ReceiveNow();
            if (connection.Slot < 0 || connection.Generation != generation)
                return;
            if (count >= Limits.StreamingBytes) connection.Interest &= ~Note.LittleMask;
            else connection.Interest += Note.LittleOnce;
            if ((connection.Interest & Note.LittleMask) >= LittleMax)
                connection.Interest &= ~(Note.IsStreaming | Note.LittleMask);
        }
        Settle(connection);
    }

    /// <summary>
    /// It came too late, for a socket that is closed: only a buffer may have to be given back.
    /// </summary>
    public void Discard(in Completion completion)
    {
        if (completion.Buffer >= 0)
            buffers.Return(completion.Buffer, 1);
    }

    /// <summary>Tells what has been withheld, now that it is wanted.</summary>
    public void Release(Connection connection)
    {
        if (!_withheld.Remove(connection, out var withheld))
            return;
        connection.Interest &= ~Note.HasWithheld;
        var generation = connection.Generation;
        try
        {
            if (!withheld.Bytes.IsEmpty)
                connection.CompleteReceive(withheld.Bytes);
        }
        finally
        {
            withheld.ReleaseBytes();
        }
        if (connection.Slot < 0 || connection.Generation != generation)
            return;
        if (withheld.HasEnded)
            TakeEnd(connection, 0);
        if (connection.Slot >= 0 && connection.Generation == generation)
            Settle(connection);
    }

    public void Forget(Channel channel)
    {
        if ((channel.Interest & Note.HasWithheld) != 0 && _withheld.Remove(channel, out var withheld))
            withheld.ReleaseBytes();
    }

    /// <summary>Calls the operation back; its last completion says when it is gone.</summary>
    public void Cancel(Channel channel)
    {
        if ((channel.Interest & (Note.ReceiveArmed | Note.ReceiveCancelled)) != Note.ReceiveArmed)
            return;
        channel.Interest |= Note.ReceiveCancelled;
        Cancel(channel, ArmedKind(channel));
    }

    public void Cancel(Channel channel, CompletionKind kind)
    {
        ref var cancel = ref ring.Add();
        cancel.Operation = Submission.AsyncCancel;
        cancel.Flags = Submission.SkipSuccess;
        cancel.Address = CompletionKey.Of(kind, channel);
    }

    /// <summary>Once an operation has ended: another one, or a watch for the peer's going.</summary>
    public void Settle(Channel channel)
    {
        const uint Busy = Note.ReceiveArmed | Note.ReceiveStarved | Note.HasWithheld;
        if (channel.ReceiveWanted)
        {
            if ((channel.Interest & Busy) == 0)
                Arm(channel);
        }
        else if ((channel.Interest & (Note.ReceiveArmed | Note.HangUpPolled)) == 0 && channel is Connection)
        {
            channel.Interest |= Note.HangUpPolled;
            ref var poll = ref ring.Add();
            poll.Operation = Submission.PollAdd;
            poll.Descriptor = channel.Descriptor;
            // Asks for nothing: errors and hang-ups are told in any case, an end of one half too. That one
            // stays true, so only what changes is to be told.
            poll.Length = Submission.PollMultishot;
            poll.Key = CompletionKey.Of(CompletionKind.HangUp, channel);
        }
    }

    private void Arm(Channel channel)
    {
        channel.Interest |= Note.ReceiveArmed;
        ref var entry = ref ring.Add();
        entry.Descriptor = channel.Descriptor;
        entry.Key = CompletionKey.Of(ArmedKind(channel), channel);
        if (channel is Listener || (channel.Interest & Note.IsStreaming) != 0)
        {
            // Not a multishot accept: that one takes clients without end, and the last descriptor.
            entry.Operation = Submission.PollAdd;
            entry.OperationFlags = Native.EPOLLIN;
            return;
        }
        entry.Operation = Submission.Receive;
        entry.Priority = Submission.ReceiveMultishot;
        entry.Flags = Submission.SelectBuffer;
        entry.BufferGroup = ReceiveBuffers.Group;
    }

    /// <summary>
    /// From now on one large receive at a time, of which the loop waits for the beginning only: thirty small
    /// buffers for what the large one takes would cost thirty times the work.
    /// </summary>
    private void BeginStreaming(Connection connection)
    {
        Cancel(connection);
        connection.Interest |= Note.IsStreaming;
    }

    /// <summary>What is with the kernel, or would be, for a socket as it is now.</summary>
    private static CompletionKind ArmedKind(Channel channel)
    {
        if (channel is Listener)
            return CompletionKind.Acceptable;
        var isStreaming = (channel.Interest & Note.IsStreaming) != 0;
        return isStreaming ? CompletionKind.Readable : CompletionKind.Receive;
    }

    private void TakeBytes(Connection connection, in Completion completion, uint end)
    {
        var first = completion.Buffer;
        Invariant.Holds(first >= 0);
        var length = completion.Result;
        var count = 1;
        // What filled several buffers in a row lies together: one handler's call instead of many.
        while (length == count * buffers.BytesEach && length < Limits.ReceiveBytes && ring.Head != end)
        {
            ref var next = ref ring.Peek(ring.Head);
            if (next.Key != completion.Key || next.Result <= 0 || next.Buffer != first + count)
                break;
            length += next.Result;
            count++;
            if (ring.Take().IsLast)
                connection.Interest &= ~(Note.ReceiveArmed | Note.ReceiveCancelled);
        }
        try
        {
            var bytes = buffers.Bytes(first, length);
            if (connection.ReceiveWanted && (connection.Interest & Note.HasWithheld) == 0)
            {
                if (length >= Limits.StreamingBytes)
                    BeginStreaming(connection);
                connection.CompleteReceive(bytes);
                return;
            }
            Withhold(connection).Append(bytes);
            if (!connection.ReceiveWanted)
                Cancel(connection);
        }
        finally
        {
            buffers.Return(first, count);
        }
    }

    private void TakeEnd(Connection connection, int error)
    {
        if (connection.ReceiveWanted && (connection.Interest & Note.HasWithheld) == 0)
            connection.CompleteReceiveEnd(error);
        else if (error != 0)
            connection.OnHangUp();
        else
            Withhold(connection).HasEnded = true;
    }

    private void TakeError(Connection connection, int error)
    {
        if (error == Native.ENOBUFS)
        {
            buffers.Grow();
            connection.Interest |= Note.ReceiveStarved;
            _starved.Add((connection, connection.Generation));
        }
        else if (error is not (RingCalls.ECANCELED or Native.EINTR or Native.EAGAIN))
        {
            TakeEnd(connection, error);
        }
    }

    private Withheld Withhold(Channel channel)
    {
        channel.Interest |= Note.HasWithheld;
        if (_withheld.TryGetValue(channel, out var withheld))
            return withheld;
        return _withheld[channel] = new Withheld();
    }
}
