using System.IO.Compression;

namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>
/// The compressed protocol over another stream: int&lt;3&gt; length, int&lt;1&gt; number, int&lt;3&gt;
/// length before. Numbers are checked as strictly as the strictest client does.
/// </summary>
internal sealed class CompressedStream(Stream inner, bool isZstd) : Stream
{
    private byte[] _ahead = [];
    private int _aheadFrom;
    private byte _sequence;
    private bool _isNumberKnown = true;

    /// <summary>Packets of the other side that were smaller than what they hold.</summary>
    public int CompressedCount { get; private set; }

    /// <summary>The most that one of them held, once uncompressed.</summary>
    public int PlainBytesMax { get; private set; }

    /// <summary>Each write of the wire has no more.</summary>
    public int PieceBytes { get; set; } = int.MaxValue;

    /// <summary>Bytes that are not compressed at all; what the answer is numbered is not looked at.</summary>
    public Task SendAsIs(byte[] bytes)
    {
        _isNumberKnown = false;
        return inner.WriteAsync(bytes).AsTask();
    }

    /// <summary>The next packet begins a command.</summary>
    public void Begin() => _sequence = 0;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> plain, CancellationToken timer = default)
    {
        while (!plain.IsEmpty)
        {
            var piece = plain[..Math.Min(plain.Length, 5_000_000)];
            plain = plain[piece.Length..];
            var payload = piece.Length < 50 ? piece.ToArray() : Compressed(piece.ToArray());
            var isCompressed = piece.Length >= 50;
            var packet = new MySqlBytes().Int(payload.Length, 3).Byte(_sequence++)
                .Int(isCompressed ? piece.Length : 0, 3).Raw(payload).ToArray();
            for (var at = 0; at < packet.Length; at += Math.Min(PieceBytes, packet.Length - at))
                await inner.WriteAsync(packet.AsMemory(at, Math.Min(PieceBytes, packet.Length - at)), timer);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken timer = default)
    {
        while (_aheadFrom == _ahead.Length)
        {
            var header = new byte[7];
            if (await inner.ReadAtLeastAsync(header, 7, throwOnEndOfStream: false, timer) < 7)
                return 0;
            if (_isNumberKnown && header[3] != _sequence)
                throw new FormatException($"Compressed packet {header[3]} where {_sequence} was expected.");
            _sequence++;
            var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
            await inner.ReadExactlyAsync(payload, timer);
            var length = header[4] | header[5] << 8 | header[6] << 16;
            if (length > 0 && payload.Length >= length)
                throw new FormatException($"{length} bytes were made {payload.Length}.");
            CompressedCount += length > 0 ? 1 : 0;
            PlainBytesMax = Math.Max(PlainBytesMax, Math.Max(length, payload.Length));
            (_ahead, _aheadFrom) = (length == 0 ? payload : Uncompressed(payload, length), 0);
        }
        var count = Math.Min(into.Length, _ahead.Length - _aheadFrom);
        _ahead.AsMemory(_aheadFrom, count).CopyTo(into);
        _aheadFrom += count;
        return count;
    }

    internal byte[] Compressed(byte[] plain)
    {
        var bytes = new MemoryStream();
        using (Stream stream = isZstd ? new ZstdSharp.CompressionStream(bytes, 3, leaveOpen: true)
            : new ZLibStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(plain);
        return bytes.ToArray();
    }

    private byte[] Uncompressed(byte[] payload, int length)
    {
        using Stream stream = isZstd ? new ZstdSharp.DecompressionStream(new MemoryStream(payload))
            : new ZLibStream(new MemoryStream(payload), CompressionMode.Decompress);
        var plain = new byte[length + 1];
        if (stream.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false) != length)
            throw new FormatException("A compressed packet has another length than it says.");
        return plain[..length];
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken timer) => inner.FlushAsync(timer);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
