using Sento.Base;

namespace Sento.Transport.IoUring;

/// <summary>Finds out, by doing it once, whether this process may use io_uring as the driver does.</summary>
/// <remarks>
/// Numbers of kernel versions say little: distributions carry features back, sandboxes refuse single calls,
/// emulated kernels know half of it. So two sockets are connected and everything is tried on them.
/// </remarks>
internal static unsafe class IoUringProbe
{
    private const string DisabledSetting = "/proc/sys/kernel/io_uring_disabled";
    private const uint SmallCount = 8;
    private const ulong ReceiveKey = 1, SendKey = 2;

    /// <summary>Null: it may. Else why not, as the end of a sentence.</summary>
    /// <param name="loopCount">Rings that are needed at the same time: their memory is limited.</param>
    public static string? FindRefusal(int loopCount)
    {
        var drivers = new List<IoUringDriver>();
        var refusal = 0;
        while (drivers.Count < loopCount && IoUringDriver.TryOpen(out refusal) is { } driver)
            drivers.Add(driver);
        drivers.ForEach(driver => driver.Dispose());
        return refusal == 0 ? TryOnSockets() : Explain(refusal);
    }

    private static string? TryOnSockets()
    {
        using var ring = Ring.TryOpen(SmallCount, SmallCount * 8, out var error);
        if (ring is null)
            return Explain(error);
        using var buffers = ReceiveBuffers.TryRegister(ring, SmallCount, 64, out error);
        if (buffers is null)
            return Explain(error);
        int* pair = stackalloc int[2];
        const int Type = Native.SOCK_STREAM | Native.SOCK_CLOEXEC | Native.SOCK_NONBLOCK;
        if (Native.socketpair(Native.AF_UNIX, Type, 0, pair) < 0)
            return Native.Describe(Native.LastError);
        try
        {
            ring.Enable();
            return Try(ring, buffers, pair[0], pair[1]);
        }
        finally
        {
            // The kernel must not write into the buffers any more when they go.
            ring.CancelAll();
            _ = Native.close(pair[0]);
            _ = Native.close(pair[1]);
        }
    }

    private static string? Try(Ring ring, ReceiveBuffers buffers, int near, int far)
    {
        ref var receive = ref ring.Add();
        receive.Operation = Submission.Receive;
        receive.Descriptor = near;
        receive.Priority = Submission.ReceiveMultishot;
        receive.Flags = Submission.SelectBuffer;
        receive.BufferGroup = ReceiveBuffers.Group;
        receive.Key = ReceiveKey;
        AddSend(ring, far, "x"u8);
        ring.Enter(1, 1000);
        if (ring.Head == ring.Tail)
            return "a message sent through it did not arrive";
        var received = ring.Take();
        if (received.Key != ReceiveKey || received.Result != 1 || received.IsLast || received.Buffer < 0
            || buffers.Bytes(received.Buffer, 1)[0] != (byte)'x' || ring.Head != ring.Tail)
            return "this kernel does not receive repeatedly into buffers of a ring (Linux 6.1 does)";
        return TryFullSocket(ring, near);
    }

    /// <summary>A send that the socket does not take must say so before its call returns.</summary>
    private static string? TryFullSocket(Ring ring, int near)
    {
        Span<byte> filling = stackalloc byte[4096];
        filling.Clear();
        while (SocketCalls.Send(near, filling) > 0)
        {
        }
        AddSend(ring, near, filling);
        ring.Enter(0, 0);
        var isTold = ring.Head != ring.Tail && ring.Take() is { Key: SendKey, Result: -Native.EAGAIN };
        return isTold ? null : "this kernel does not tell at once what a socket does not take";
    }

    private static void AddSend(Ring ring, int descriptor, ReadOnlySpan<byte> bytes)
    {
        ref var send = ref ring.Add();
        send.Operation = Submission.Send;
        send.Flags = Submission.SkipSuccess;
        send.Descriptor = descriptor;
        // On the stack or in the program's image: neither moves, and the call that reads it is the next one.
        fixed (byte* start = bytes)
            send.Address = (ulong)start;
        send.Length = (uint)bytes.Length;
        send.OperationFlags = Sends.PromptFlags;
        send.Key = SendKey;
    }

    private static string Explain(int error) => error switch
    {
        Native.ENOMEM => "its memory is refused; raise the limit of locked memory (ulimit -l)",
        RingCalls.ENOSYS => "this kernel has none, or a seccomp filter hides it",
        RingCalls.EINVAL => $"this kernel is too old ({Environment.OSVersion.Version}; Linux 6.1 or later)",
        RingCalls.EPERM when ReadSetting() is { } value and not "0" =>
            $"the system forbids it (kernel.io_uring_disabled = {value})",
        RingCalls.EPERM => "a seccomp filter forbids it, as that of containers does by default",
        _ => Native.Describe(error),
    };

    private static string? ReadSetting()
    {
        try
        {
            return File.ReadAllText(DisabledSetting).Trim();
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
