using System.Runtime.InteropServices;

namespace Sento.Transport;

/// <summary>Calls on a socket that both drivers make in the same way.</summary>
internal static unsafe class SocketCalls
{
    /// <summary>Starts to connect.</summary>
    /// <param name="error">The system's, when that is refused at once; else 0.</param>
    /// <returns>The descriptor; negative: refused.</returns>
    public static int Connect(SocketAddress address, out int error)
    {
        error = 0;
        var descriptor = Native.socket(
            address.Family, Native.SOCK_STREAM | Native.SOCK_NONBLOCK | Native.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            error = Native.LastError;
            return -1;
        }
        if (!address.IsUnix)
            Listener.ConfigureTcp(descriptor, KeepAlive.Strict);
        int result;
        fixed (byte* bytes = address.Bytes)
            result = Native.connect(descriptor, bytes, (uint)address.Bytes.Length);
        if (result == 0 || Native.LastError is Native.EINPROGRESS or Native.EINTR)
            return descriptor;
        error = Native.LastError;
        _ = Native.close(descriptor);
        return -1;
    }

    /// <returns>Bytes taken at once, from 0 to all; negative: the error number, negated.</returns>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var sent = Native.send(descriptor, start, (nuint)bytes.Length,
                    Native.MSG_DONTWAIT | Native.MSG_NOSIGNAL);
                if (sent >= 0)
                    return (int)sent;
                var error = Native.LastError;
                if (error == Native.EINTR)
                    continue;
                return error is Native.EAGAIN or Native.ENOBUFS ? 0 : -error;
            }
        }
    }

    /// <summary>The oldest bytes of a queue, as many of its blocks as one call takes.</summary>
    /// <param name="offered">Bytes that the socket could have taken.</param>
    /// <returns>As with one piece.</returns>
    public static int Send(int descriptor, SendQueue queue, out int offered)
    {
        const int PiecesMax = 16;
        var pieces = stackalloc IoVector[PiecesMax];
        var message = new MessageHeader { Pieces = pieces };
        message.PieceCount = (nuint)queue.Describe(new Span<IoVector>(pieces, PiecesMax));
        offered = 0;
        for (var index = 0; index < (int)message.PieceCount; index++)
            offered += (int)pieces[index].Length;
        while (true)
        {
            var sent = Native.sendmsg(descriptor, &message, Native.MSG_DONTWAIT | Native.MSG_NOSIGNAL);
            if (sent >= 0)
                return (int)sent;
            var error = Native.LastError;
            if (error == Native.EINTR)
                continue;
            return error is Native.EAGAIN or Native.ENOBUFS ? 0 : -error;
        }
    }
}

/// <summary>iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Start;
    public nuint Length;
}

/// <summary>msghdr, of a connected socket and without control messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Pieces;
    public nuint PieceCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}
