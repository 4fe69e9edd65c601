using Sento.Base;

namespace Sento.Transport.Epoll;

/// <summary>
/// Small messages are copied and leave together when the turn ends; large ones at once, without a copy.
/// </summary>
/// <remarks>
/// Each send wakes a peer, which on a busy machine runs at once and takes the core: sent one by one, a turn
/// is cut to pieces and every peer is woken for a single message. One message a socket at a time: more of it
/// joins the one that has not left, or waits in the connection's queue. docs/decisions/0009 has the figures.
/// </remarks>
internal sealed unsafe class Sends : IDisposable
{
    private readonly SendBlocks _blocks = new();
    private readonly List<Connection> _waiting = [];

    /// <returns>Bytes taken, from 0 to all; negative: the error number, negated.</returns>
    public int Send(Connection sender, ReadOnlySpan<byte> bytes)
    {
        if (sender.InFlight is { } block)
        {
            if (block.Stage == SendStage.Patient)
                return 0;
            if (bytes.Length <= SendBlocks.BlockBytes - block.End)
            {
                Append(sender, block, bytes);
                return bytes.Length;
            }
            // What comes now must not overtake what has not left.
            var error = Push(sender, block);
            if (error != 0)
                return -error;
            if (sender.InFlight is not null)
                return 0;
        }
        if (bytes.Length > SendBlocks.BlockBytes || _blocks.TryTake() is not { } taken)
            return SocketCalls.Send(sender.Descriptor, bytes);
        taken.Start = taken.End = 0;
        taken.Sender = sender;
        taken.Stage = SendStage.Prompt;
        sender.InFlight = taken;
        Append(sender, taken, bytes);
        _waiting.Add(sender);
        return bytes.Length;
    }

    /// <summary>The turn has ended: everything leaves.</summary>
    /// <returns>True: somebody was told something, and may have new work for this loop.</returns>
    public bool Flush()
    {
        var hasTold = false;
        // Who is told that all has left may send again: that leaves in this round too.
        for (var i = 0; i < _waiting.Count; i++)
        {
            var sender = _waiting[i];
            if (sender.InFlight is { Stage: SendStage.Prompt } block)
                hasTold |= Settle(sender, Push(sender, block));
        }
        _waiting.Clear();
        return hasTold;
    }

    /// <summary>The socket takes bytes again: the rest of a message goes first.</summary>
    public void Continue(Connection sender)
    {
        if (sender.InFlight is { Stage: SendStage.Patient } block && Push(sender, block) != 0)
            sender.CompleteSendFailure(0);
    }

    /// <summary>The socket is being closed: what it takes at once still leaves.</summary>
    public void Abandon(Connection sender)
    {
        if (sender.InFlight is { } block)
            _ = Push(sender, block);
        if (sender.InFlight is not null)
            Drop(sender);
    }

    /// <returns>True: nothing of the message has left, and now it never will.</returns>
    public bool TryTakeBack(Connection sender)
    {
        if (sender.InFlight is not { Stage: SendStage.Prompt })
            return false;
        Drop(sender);
        return true;
    }

    public void Dispose() => _blocks.Dispose();

    private static void Append(Connection sender, SendBlock block, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(block.Bytes + block.End, bytes.Length));
        block.End += bytes.Length;
        sender.BytesInFlight = block.Length;
    }

    /// <returns>0; else the error number, and the message is dropped.</returns>
    private int Push(Connection sender, SendBlock block)
    {
        var bytes = new ReadOnlySpan<byte>(block.Bytes + block.Start, block.Length);
        var sent = SocketCalls.Send(sender.Descriptor, bytes);
        if (sent == block.Length || sent < 0)
        {
            Drop(sender);
            return sent < 0 ? -sent : 0;
        }
        block.Start += sent;
        block.Stage = SendStage.Patient;
        sender.BytesInFlight = block.Length;
        return 0;
    }

    private static bool Settle(Connection sender, int error)
    {
        if (error != 0)
            sender.CompleteSendFailure(error);
        else if (sender.InFlight is null && sender.SendWanted)
            sender.CompleteSend();
        else if (sender.InFlight is null)
            return false;
        // It waits for its socket now: the driver watches that.
        sender.Loop.Driver.WantSend(sender, sender.SendWanted);
        return true;
    }

    private void Drop(Connection sender)
    {
        Invariant.Holds(sender.InFlight is not null);
        _blocks.Return(sender.InFlight);
        sender.InFlight = null;
        sender.BytesInFlight = 0;
    }
}
