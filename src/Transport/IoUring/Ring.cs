using System.Runtime.CompilerServices;
using Sento.Base;

namespace Sento.Transport.IoUring;

/// <summary>The two queues shared with the kernel: operations in, completions out.</summary>
/// <remarks>
/// One thread: the one that enables the ring. Completions appear only while that thread is inside
/// <see cref="Enter"/> (IORING_SETUP_DEFER_TASKRUN): between two calls nothing is received behind our back.
/// </remarks>
internal sealed unsafe class Ring : IDisposable
{
    private const uint SetupFlags = RingCalls.SetupCompletionSize | RingCalls.SetupClamp
        | RingCalls.SetupDisabled | RingCalls.SetupSubmitAll | RingCalls.SetupSingleIssuer
        | RingCalls.SetupDeferTaskRun;
    private const uint FeaturesNeeded = RingCalls.FeatureSingleMap | RingCalls.FeatureNoDrop
        | RingCalls.FeatureSubmitStable | RingCalls.FeatureFastPoll | RingCalls.FeatureWaitArgument
        | RingCalls.FeatureSkipCompletion;

    private byte* _rings;
    private nuint _ringsBytes;
    private Submission* _submissions;
    private nuint _submissionsBytes;
    private uint* _kernelHead;
    private uint* _submissionTail;
    private uint* _flags;
    private uint _submissionMask;
    private uint* _completionHead;
    private uint* _completionTail;
    private Completion* _completions;
    private uint _completionMask;

    private Ring(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; }

    public bool IsEnabled { get; private set; }

    /// <summary>The number of the next operation; counts on for ever, and around.</summary>
    public uint NextSubmission { get; private set; }

    /// <summary>Operations that the kernel has not been shown yet.</summary>
    public uint Unsubmitted => NextSubmission - Volatile.Read(ref *_kernelHead);

    /// <summary>Completions that found no room wait in the kernel; the next call brings them.</summary>
    public bool HasOverflow => (Volatile.Read(ref *_flags) & RingCalls.SubmissionFlagOverflow) != 0;

    /// <summary>The number of the oldest completion that was not taken.</summary>
    public uint Head { get; private set; }

    /// <summary>The number that the next completion will have.</summary>
    public uint Tail => Volatile.Read(ref *_completionTail);

    /// <summary>Null with the error number when the kernel refuses.</summary>
    public static Ring? TryOpen(uint submissionCount, uint completionCount, out int error)
    {
        var parameters = new RingParameters { Flags = SetupFlags, CompletionCount = completionCount };
        var descriptor = RingCalls.Setup(submissionCount, &parameters);
        error = descriptor < 0 ? Native.LastError : 0;
        if (descriptor < 0)
            return null;
        var ring = new Ring(descriptor);
        if ((parameters.Features & FeaturesNeeded) != FeaturesNeeded) error = RingCalls.EINVAL;
        else if (!ring.TryMap(&parameters)) error = Native.LastError;
        if (error == 0)
            return ring;
        ring.Dispose();
        return null;
    }

    /// <summary>From now on this thread, and no other, hands operations in.</summary>
    public void Enable()
    {
        var result = RingCalls.Register(Descriptor, RingCalls.RegisterEnableRings, null, 0);
        Invariant.Holds(result == 0);
        IsEnabled = true;
    }

    /// <summary>Room for one more operation, cleared; the kernel sees it with the next call.</summary>
    public ref Submission Add()
    {
        if (Unsubmitted > _submissionMask)
            Enter(0, 0);
        Invariant.Holds(Unsubmitted <= _submissionMask);
        ref var entry = ref _submissions[NextSubmission & _submissionMask];
        entry = default;
        NextSubmission++;
        return ref entry;
    }

    /// <summary>An operation that was added and not submitted yet, to change it.</summary>
    public ref Submission At(uint submission) => ref _submissions[submission & _submissionMask];

    public bool IsSubmitted(uint submission) =>
        (int)(submission - Volatile.Read(ref *_kernelHead)) < 0;

    /// <summary>
    /// Hands in what was added, runs what the kernel has to do for us, and waits for completions.
    /// </summary>
    /// <param name="milliseconds">At most so long; negative: without end. Only when it waits.</param>
    public void Enter(uint waitFor, int milliseconds)
    {
        Volatile.Write(ref *_submissionTail, NextSubmission);
        WaitArgument argument = default;
        var flags = RingCalls.EnterGetEvents;
        if (waitFor > 0 && milliseconds >= 0)
        {
            argument.Seconds = milliseconds / 1000;
            argument.Nanoseconds = milliseconds % 1000 * 1_000_000L;
            argument.Time = (ulong)&argument.Seconds;
            flags |= RingCalls.EnterWaitArgument;
        }
        var hasTime = (flags & RingCalls.EnterWaitArgument) != 0;
        var result = RingCalls.Enter(Descriptor, Unsubmitted, waitFor, flags,
            hasTime ? &argument : null, hasTime ? WaitArgument.Bytes : 0u);
        if (result >= 0)
            return;
        // Busy and out of memory pass: what was not taken is handed in again by the next call.
        var error = Native.LastError;
        Invariant.Holds(error is Native.EINTR or Native.EAGAIN or RingCalls.ETIME or RingCalls.EBUSY
            or Native.ENOMEM);
    }

    /// <summary>Hands in what was added, then takes back all that is with the kernel.</summary>
    public void CancelAll()
    {
        ref var cancel = ref Add();
        cancel.Operation = Submission.AsyncCancel;
        cancel.OperationFlags = Submission.CancelAll | Submission.CancelAny;
        cancel.Flags = Submission.SkipSuccess;
        Enter(0, 0);
    }

    /// <summary>A completion between <see cref="Head"/> and <see cref="Tail"/>, without taking it.</summary>
    public ref Completion Peek(uint number) => ref _completions[number & _completionMask];

    /// <summary>Takes the oldest completion; its room is the kernel's again.</summary>
    public Completion Take()
    {
        var completion = _completions[Head & _completionMask];
        Volatile.Write(ref *_completionHead, ++Head);
        return completion;
    }

    public void Dispose()
    {
        RingCalls.Unmap(_rings, _ringsBytes);
        RingCalls.Unmap(_submissions, _submissionsBytes);
        _ = Native.close(Descriptor);
    }

    private bool TryMap(RingParameters* parameters)
    {
        var submissionsEnd = parameters->SubmissionArray + parameters->SubmissionCount * sizeof(uint);
        var completionsEnd = parameters->Completions + parameters->CompletionCount * (uint)sizeof(Completion);
        _ringsBytes = Math.Max(submissionsEnd, completionsEnd);
        _rings = RingCalls.MapRing(Descriptor, _ringsBytes, RingCalls.OffsetRings);
        if (_rings == null)
            return false;
        _submissionsBytes = parameters->SubmissionCount * (uint)sizeof(Submission);
        _submissions = (Submission*)RingCalls.MapRing(
            Descriptor, _submissionsBytes, RingCalls.OffsetSubmissions);
        if (_submissions == null)
            return false;
        _kernelHead = At(parameters->SubmissionHead);
        _submissionTail = At(parameters->SubmissionTail);
        _flags = At(parameters->SubmissionFlags);
        _submissionMask = *At(parameters->SubmissionMask);
        _completionHead = At(parameters->CompletionHead);
        _completionTail = At(parameters->CompletionTail);
        _completionMask = *At(parameters->CompletionMask);
        _completions = (Completion*)(_rings + parameters->Completions);
        // Operations are handed in in the order in which they lie: the indirection is filled once.
        for (var i = 0u; i < parameters->SubmissionCount; i++)
            At(parameters->SubmissionArray)[i] = i;
        return true;

        uint* At(uint offset) => (uint*)(_rings + offset);
    }
}
