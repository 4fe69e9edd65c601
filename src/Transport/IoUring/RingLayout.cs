using System.Runtime.InteropServices;

namespace Sento.Transport.IoUring;

/// <summary>struct io_uring_sqe: one operation for the kernel.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct Submission
{
    public const byte PollAdd = 6, AsyncCancel = 14, Close = 19, Read = 22, Send = 26, Receive = 27;
    public const byte SelectBuffer = 1 << 5, SkipSuccess = 1 << 6;
    public const ushort ReceiveMultishot = 1 << 1;
    public const uint PollMultishot = 1 << 0;
    public const uint CancelAll = 1 << 0, CancelAny = 1 << 2;

    [FieldOffset(0)] public byte Operation;
    [FieldOffset(1)] public byte Flags;
    [FieldOffset(2)] public ushort Priority;
    [FieldOffset(4)] public int Descriptor;
    [FieldOffset(8)] public ulong Offset;
    [FieldOffset(16)] public ulong Address;
    [FieldOffset(24)] public uint Length;
    [FieldOffset(28)] public uint OperationFlags;
    [FieldOffset(32)] public ulong Key;
    [FieldOffset(40)] public ushort BufferGroup;
}

/// <summary>struct io_uring_cqe: what became of an operation.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Completion
{
    public const uint HasBuffer = 1 << 0, HasMore = 1 << 1;

    public ulong Key;
    public int Result;
    public uint Flags;

    public readonly bool IsLast => (Flags & HasMore) == 0;

    /// <summary>The number of the ring's buffer; -1: none was used.</summary>
    public readonly int Buffer => (Flags & HasBuffer) == 0 ? -1 : (int)(Flags >> 16);
}

/// <summary>struct io_uring_params.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct RingParameters
{
    [FieldOffset(0)] public uint SubmissionCount;
    [FieldOffset(4)] public uint CompletionCount;
    [FieldOffset(8)] public uint Flags;
    [FieldOffset(20)] public uint Features;
    [FieldOffset(40)] public uint SubmissionHead;
    [FieldOffset(44)] public uint SubmissionTail;
    [FieldOffset(48)] public uint SubmissionMask;
    [FieldOffset(56)] public uint SubmissionFlags;
    [FieldOffset(64)] public uint SubmissionArray;
    [FieldOffset(80)] public uint CompletionHead;
    [FieldOffset(84)] public uint CompletionTail;
    [FieldOffset(88)] public uint CompletionMask;
    [FieldOffset(100)] public uint Completions;
}

/// <summary>struct io_uring_getevents_arg with the struct timespec that it points at.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct WaitArgument
{
    public const int Bytes = 24;

    [FieldOffset(0)] public ulong SignalMask;
    [FieldOffset(8)] public uint SignalMaskBytes;
    [FieldOffset(16)] public ulong Time;
    [FieldOffset(24)] public long Seconds;
    [FieldOffset(32)] public long Nanoseconds;
}

/// <summary>struct io_uring_buf; the tail of the ring lies in the last two bytes of the first.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct RingBuffer
{
    [FieldOffset(0)] public ulong Address;
    [FieldOffset(8)] public uint Length;
    [FieldOffset(12)] public ushort Number;
    [FieldOffset(14)] public ushort Tail;
}

/// <summary>struct io_uring_buf_reg.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct BufferRegistration
{
    [FieldOffset(0)] public ulong Address;
    [FieldOffset(8)] public uint Count;
    [FieldOffset(12)] public ushort Group;
}
