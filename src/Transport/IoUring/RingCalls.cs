using System.Runtime.InteropServices;

namespace Sento.Transport.IoUring;

/// <summary>
/// The three system calls of io_uring and what the rings need besides, without a library in between. Linux
/// x86-64 and arm64, where their numbers are the same.
/// </summary>
internal static unsafe partial class RingCalls
{
    public const uint SetupCompletionSize = 1 << 3, SetupClamp = 1 << 4, SetupDisabled = 1 << 6,
        SetupSubmitAll = 1 << 7, SetupSingleIssuer = 1 << 12, SetupDeferTaskRun = 1 << 13;
    public const uint FeatureSingleMap = 1 << 0, FeatureNoDrop = 1 << 1, FeatureSubmitStable = 1 << 2,
        FeatureFastPoll = 1 << 5, FeatureWaitArgument = 1 << 8, FeatureSkipCompletion = 1 << 11;
    public const uint EnterGetEvents = 1 << 0, EnterWaitArgument = 1 << 3;
    public const uint RegisterEnableRings = 12, RegisterBufferRing = 22;
    public const uint SubmissionFlagOverflow = 1 << 1;
    public const long OffsetRings = 0, OffsetSubmissions = 0x10000000;
    public const int ENOSYS = 38, EPERM = 1, EINVAL = 22, ECANCELED = 125, ETIME = 62, EBUSY = 16;

    private const long SetupCall = 425, EnterCall = 426, RegisterCall = 427;
    private const int ProtectionReadWrite = 3;
    private const int MapShared = 1, MapPrivateAnonymous = 0x22, MapPopulate = 0x8000;

    public static int Setup(uint entries, RingParameters* parameters) =>
        (int)syscall(SetupCall, entries, (long)parameters, 0, 0, 0, 0);

    public static int Enter(int ring, uint submit, uint waitFor, uint flags, void* argument, uint length) =>
        (int)syscall(EnterCall, ring, submit, waitFor, flags, (long)argument, length);

    public static int Register(int ring, uint operation, void* argument, uint count) =>
        (int)syscall(RegisterCall, ring, operation, (long)argument, count, 0, 0);

    /// <summary>Null when the kernel refuses.</summary>
    public static byte* MapRing(int ring, nuint bytes, long offset) =>
        OrNull(mmap(null, bytes, ProtectionReadWrite, MapShared | MapPopulate, ring, offset));

    /// <summary>Zeroed whole pages of our own.</summary>
    public static byte* MapPages(nuint bytes) =>
        OrNull(mmap(null, bytes, ProtectionReadWrite, MapPrivateAnonymous, -1, 0));

    public static void Unmap(void* start, nuint bytes)
    {
        if (start != null)
            _ = munmap(start, bytes);
    }

    private static byte* OrNull(void* mapped) => (nint)mapped == -1 ? null : (byte*)mapped;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a, long b, long c, long d, long e, long f);

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* at, nuint bytes, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* start, nuint bytes);
}
