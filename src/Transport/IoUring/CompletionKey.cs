namespace Sento.Transport.IoUring;

/// <summary>What a completion is about.</summary>
internal enum CompletionKind : byte
{
    Nothing, Wake, Receive, Readable, Acceptable, Writable, HangUp, PromptSend, PatientSend,
}

/// <summary>
/// The 64 bits that go with an operation and come back with its completions: kind, generation, slot. A slot
/// is used again, even a descriptor is; the generation tells a completion that came too late.
/// </summary>
internal static class CompletionKey
{
    public const uint GenerationMask = 0xff_ffff;

    public static ulong Of(CompletionKind kind, Channel channel) =>
        Of(kind, channel.Generation, (uint)channel.Slot);

    public static ulong Of(CompletionKind kind, uint generation = 0, uint slot = 0) =>
        (ulong)kind << 56 | (ulong)generation << 32 | slot;

    public static CompletionKind Kind(ulong key) => (CompletionKind)(key >> 56);

    public static uint Generation(ulong key) => (uint)(key >> 32) & GenerationMask;

    public static int Slot(ulong key) => (int)(uint)key;
}

/// <summary>What the driver knows about a socket, in <see cref="Channel.Interest"/>.</summary>
internal static class Note
{
    /// <summary>A multishot receive, or a poll for something to read, is with the kernel.</summary>
    public const uint ReceiveArmed = 1 << 0;

    /// <summary>It has been asked back.</summary>
    public const uint ReceiveCancelled = 1 << 1;

    /// <summary>It waits for buffers: armed again before the next wait.</summary>
    public const uint ReceiveStarved = 1 << 2;

    /// <summary>Bytes, or the end, came while nobody wanted them.</summary>
    public const uint HasWithheld = 1 << 3;
    public const uint WritablePolled = 1 << 4;
    public const uint HangUpPolled = 1 << 5;

    /// <summary>Stands in the queue of those with something to be told.</summary>
    public const uint IsReady = 1 << 6;
    public const uint SendSettled = 1 << 7;
    public const uint SendFailed = 1 << 8;

    /// <summary>Nothing of it has left: the peer was gone.</summary>
    public const uint SendRefused = 1 << 10;

    /// <summary>So much comes at a time that it is received into the loop's large buffer.</summary>
    public const uint IsStreaming = 1 << 9;

    /// <summary>How often in a row little came while streaming, in the upper half.</summary>
    public const uint LittleOnce = 1 << 16;
    public const uint LittleMask = 0xffff_0000;
}
