using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sento.Tests.Unit.Postgres.Flow;

/// <summary>Whole messages out of a blocking socket, without a copy of each.</summary>
internal sealed class MessageBytes(Socket socket)
{
    private readonly byte[] _bytes = new byte[1 << 20];
    private int _start;
    private int _end;

    /// <summary>Receives once; false at the stream's end.</summary>
    public bool TryFill()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
        var count = socket.Receive(_bytes.AsSpan(_end));
        _end += count;
        return count > 0;
    }

    /// <summary>Code, length and body of the next message; false: it has not arrived whole.</summary>
    public bool TryTake(out ReadOnlySpan<byte> message) => TryTake(headerBytes: 1, out message);

    /// <summary>Waits for a packet without a code.</summary>
    public ReadOnlySpan<byte> TakeUntyped()
    {
        ReadOnlySpan<byte> packet;
        while (!TryTake(headerBytes: 0, out packet))
        {
            if (!TryFill())
                throw new EndOfStreamException();
        }
        return packet;
    }

    private bool TryTake(int headerBytes, out ReadOnlySpan<byte> message)
    {
        message = default;
        var available = _bytes.AsSpan(_start, _end - _start);
        if (available.Length < headerBytes + 4)
            return false;
        var total = headerBytes + BinaryPrimitives.ReadInt32BigEndian(available[headerBytes..]);
        if (available.Length < total)
            return false;
        message = available[..total];
        _start += total;
        return true;
    }
}
