using Sento.Base;
using Sento.Transport;

namespace Sento.MySql.Compression;

/// <summary>
/// The compressed protocol towards one client: int&lt;3&gt; bytes that follow, int&lt;1&gt; number,
/// int&lt;3&gt; bytes once uncompressed, or 0: as they are. MySQL Internals, Compressed Packet. Loop thread
/// only.
/// </summary>
/// <remarks>
/// Packets of the plain protocol and these have nothing to do with each other: both are streams of bytes.
/// What comes is uncompressed in pieces, as fast as it is used, so that a small packet that promises much
/// takes no more memory than its own bytes and one piece.
/// </remarks>
internal sealed class CompressedPackets(ICompression compression) : IByteCodec
{
    public const int HeaderBytes = 7;

    /// <summary>Less is not worth it; what servers take as well.</summary>
    private const int CompressedBytesMin = 50;

    /// <summary>Bytes of the plain stream in one packet of ours.</summary>
    private const int SentBytesMax = 64 * 1024;

    /// <summary>Bytes uncompressed at a time.</summary>
    private const int PieceBytesMax = 32 * 1024;

    private byte _sequence;
    private Stream? _reading;
    private byte[]? _piece;
    private int _promised;

    public void Encode(ReadOnlySpan<byte> plain, ByteBuffer output)
    {
        while (!plain.IsEmpty)
        {
            var count = Math.Min(plain.Length, SentBytesMax);
            Write(output, plain[..count]);
            plain = plain[count..];
        }
    }

    public ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> wire, out int consumed)
    {
        consumed = 0;
        if (_reading is not null)
            return ReadPiece();
        if (wire.Length < HeaderBytes)
            return default;
        var length = ReadInt24(wire);
        var promised = ReadInt24(wire[4..]);
        if (wire[3] != 0 && wire[3] != _sequence)
            throw new ProtocolViolation("Got packets out of order");
        if (length == 0)
            throw new ProtocolViolation("a compressed packet is empty");
        if (wire.Length < HeaderBytes + length)
            return default;
        _sequence = (byte)(wire[3] + 1);
        consumed = HeaderBytes + length;
        var payload = wire[HeaderBytes..consumed];
        if (promised == 0)
            return payload;
        _promised = promised;
        _piece = new byte[Math.Min(promised, PieceBytesMax)];
        _reading = compression.Reader(new MemoryStream(payload.ToArray()));
        return ReadPiece();
    }

    public void Dispose() => EndReading();

    private ReadOnlySpan<byte> ReadPiece()
    {
        var wanted = Math.Min(_piece!.Length, _promised);
        int count, excess;
        try
        {
            count = _reading!.ReadAtLeast(_piece.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
            excess = count < _promised ? 0 : _reading.Read(stackalloc byte[1]);
        }
        catch (Exception broken) when (compression.IsBroken(broken))
        {
            throw new ProtocolViolation("a compressed packet can't be uncompressed");
        }
        if (count < wanted || excess > 0)
            throw new ProtocolViolation("a compressed packet has another length than it says");
        _promised -= count;
        var piece = _piece.AsSpan(0, count);
        if (_promised == 0)
            EndReading();
        return piece;
    }

    private void EndReading()
    {
        _reading?.Dispose();
        _reading = null;
        _piece = null;
    }

    private void Write(ByteBuffer output, ReadOnlySpan<byte> plain)
    {
        var start = output.Length;
        output.Reserve(HeaderBytes);
        var isCompressed = plain.Length >= CompressedBytesMin && compression.TryWrite(output, plain);
        if (!isCompressed)
        {
            output.Truncate(start + HeaderBytes);
            output.Write(plain);
        }
        var header = output.WrittenForEdit[start..];
        WriteInt24(header, output.Length - start - HeaderBytes);
        header[3] = _sequence++;
        WriteInt24(header[4..], isCompressed ? plain.Length : 0);
    }

    private static int ReadInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;

    private static void WriteInt24(Span<byte> bytes, int value)
    {
        bytes[0] = (byte)value;
        bytes[1] = (byte)(value >> 8);
        bytes[2] = (byte)(value >> 16);
    }
}
