using Sento.Base;

namespace Sento.Transport.IoUring;

/// <summary>
/// Small messages leave together, with the call that waits; large ones at once, without a copy.
/// </summary>
/// <remarks>
/// A message is first sent promptly: all of it within the next call, without a completion; only what the
/// socket did not take completes, in that same call. So its block is free when the call returns, and nothing
/// wakes the loop for a success. The rest of a message is then sent patiently, with a completion. One message
/// a socket at a time: more of it joins the one that has not left, or waits in the connection's queue.
/// </remarks>
internal sealed unsafe class Sends(Ring ring, Action<Connection> makeReady) : IDisposable
{
    public const uint PromptFlags = Native.MSG_DONTWAIT | Native.MSG_NOSIGNAL | MSG_WAITALL;
    private const uint PatientFlags = Native.MSG_NOSIGNAL | MSG_WAITALL;
    private const int MSG_WAITALL = 0x100;
    private const int AllSent = int.MaxValue;

    private readonly SendBlocks _blocks = new();
    private List<SendBlock> _prompt = [];
    private List<SendBlock> _settling = [];

    /// <summary>Completions below this number have been looked at for failed prompt sends.</summary>
    public uint Scanned { get; private set; }

    public int InUse => _blocks.InUse;

    /// <summary>
    /// Joins a message that has not left; 0 when it has, or has no room; -1 when there is none.
    /// </summary>
    public int TryJoin(Connection sender, ReadOnlySpan<byte> bytes)
    {
        if (sender.InFlight is not { } block)
            return -1;
        if (block.Stage != SendStage.Prompt || ring.IsSubmitted(block.Submission))
            return 0;
        if (bytes.Length > SendBlocks.BlockBytes - block.End)
            return 0;
        bytes.CopyTo(new Span<byte>(block.Bytes + block.End, bytes.Length));
        block.End += bytes.Length;
        ring.At(block.Submission).Length = (uint)block.Length;
        sender.BytesInFlight = block.Length;
        return bytes.Length;
    }

    /// <summary>False: too large, or no block is free; then it is to be sent directly.</summary>
    public bool TryStart(Connection sender, ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(sender.InFlight is null);
        if (bytes.Length > SendBlocks.BlockBytes || _blocks.TryTake() is not { } block)
            return false;
        bytes.CopyTo(new Span<byte>(block.Bytes, bytes.Length));
        block.Start = 0;
        block.End = bytes.Length;
        block.Sender = sender;
        block.Stage = SendStage.Prompt;
        block.Result = AllSent;
        Submit(block, CompletionKind.PromptSend, Submission.SkipSuccess, PromptFlags);
        _prompt.Add(block);
        sender.InFlight = block;
        sender.BytesInFlight = bytes.Length;
        return true;
    }

    /// <summary>After each call: what left with it is done, or has failed, or continues patiently.</summary>
    public void Settle()
    {
        for (var tail = ring.Tail; Scanned != tail; Scanned++)
        {
            ref var completion = ref ring.Peek(Scanned);
            if (CompletionKey.Kind(completion.Key) == CompletionKind.PromptSend)
                _blocks[CompletionKey.Slot(completion.Key)].Result = completion.Result;
        }
        // A failure may be among the completions that found no room: then nothing is known yet.
        if (_prompt.Count == 0 || ring.HasOverflow)
            return;
        (_prompt, _settling) = (_settling, _prompt);
        foreach (var block in _settling)
        {
            if (ring.IsSubmitted(block.Submission)) Settle(block);
            else _prompt.Add(block);
        }
        _settling.Clear();
    }

    public void CompletePatient(in Completion completion)
    {
        var block = _blocks[CompletionKey.Slot(completion.Key)];
        Invariant.Holds(block.Stage == SendStage.Patient);
        block.Result = completion.Result;
        Settle(block);
    }

    /// <summary>
    /// The socket is being closed: what has not left still does, what waits for the peer is called back.
    /// </summary>
    public void Abandon(Connection sender)
    {
        if (sender.InFlight is not { } block)
            return;
        block.Sender = null;
        sender.InFlight = null;
        sender.BytesInFlight = 0;
        if (block.Stage != SendStage.Patient)
            return;
        ref var cancel = ref ring.Add();
        cancel.Operation = Submission.AsyncCancel;
        cancel.Flags = Submission.SkipSuccess;
        cancel.Address = KeyOf(block, CompletionKind.PatientSend);
    }

    public void Dispose() => _blocks.Dispose();

    private static ulong KeyOf(SendBlock block, CompletionKind kind) =>
        CompletionKey.Of(kind, 0, (uint)block.Index);

    private void Settle(SendBlock block)
    {
        var result = block.Result;
        if (result > 0)
            block.Start += Math.Min(result, block.Length);
        var isPassing = result is -Native.EAGAIN or -Native.EINTR or -Native.ENOBUFS;
        var isRefused = block.Start == 0 && result is -Native.EPIPE or -Native.ECONNRESET;
        if (block.Sender is not { } sender)
        {
            _blocks.Return(block);
            return;
        }
        if (block.Length > 0 && (result > 0 || isPassing))
        {
            sender.BytesInFlight = block.Length;
            block.Stage = SendStage.Patient;
            Submit(block, CompletionKind.PatientSend, 0, PatientFlags);
            return;
        }
        sender.InFlight = null;
        sender.BytesInFlight = 0;
        _blocks.Return(block);
        if (result <= 0) sender.Interest |= Note.SendFailed | (isRefused ? Note.SendRefused : 0);
        else if (sender.SendWanted) sender.Interest |= Note.SendSettled;
        else return;
        makeReady(sender);
    }

    private void Submit(SendBlock block, CompletionKind kind, byte flags, uint sendFlags)
    {
        block.Submission = ring.NextSubmission;
        ref var send = ref ring.Add();
        send.Operation = Submission.Send;
        send.Flags = flags;
        send.Descriptor = block.Sender!.Descriptor;
        send.Address = (ulong)(block.Bytes + block.Start);
        send.Length = (uint)block.Length;
        send.OperationFlags = sendFlags;
        send.Key = KeyOf(block, kind);
    }
}
