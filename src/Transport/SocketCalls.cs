namespace Sento.Transport;

/// <summary>Calls on a socket that both drivers make in the same way.</summary>
internal static unsafe class SocketCalls
{
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
}
