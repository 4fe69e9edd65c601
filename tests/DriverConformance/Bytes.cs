using System.Net.Sockets;

namespace Sento.Tests.DriverConformance;

/// <summary>Streams whose every byte says where it belongs.</summary>
internal static class Bytes
{
    /// <summary>The bytes from <paramref name="start"/> on of the stream that bears this number.</summary>
    public static byte[] Of(int stream, int count, long start = 0)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = At(stream, start + i);
        return bytes;
    }

    /// <summary>Where the first byte is that doesn't belong; -1: all do.</summary>
    public static int FirstStranger(ReadOnlySpan<byte> bytes, int stream, long start = 0)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(stream, start + i))
                return i;
        }
        return -1;
    }

    public static byte[] ReceiveExactly(this Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var got = 0; got < count;)
        {
            var more = socket.Receive(bytes, got, count - got, SocketFlags.None);
            if (more == 0)
                throw new EndOfStreamException($"the stream ended after {got} of {count} bytes");
            got += more;
        }
        return bytes;
    }

    /// <summary>Everything until the stream ends.</summary>
    public static byte[] ReceiveAll(this Socket socket)
    {
        var all = new MemoryStream();
        var bytes = new byte[64 * 1024];
        for (int count; (count = socket.Receive(bytes)) > 0;)
            all.Write(bytes, 0, count);
        return all.ToArray();
    }

    private static byte At(int stream, long position) =>
        (byte)(stream * 31 + position + (position >> 8) * 7 + (position >> 16) * 13);
}
