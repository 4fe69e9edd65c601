using Sento.Base;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Sento.MySql.Compression;

/// <summary>
/// RFC 8878, of ZstdSharp; its fastest level, since loops share their time: what a client asks for is how
/// it compresses itself.
/// </summary>
internal sealed class ZstdCompression : ICompression
{
    public static readonly ZstdCompression Instance = new();

    /// <summary>
    /// Who compresses without knowing how much there will be says a window for much; no packet needs more
    /// than this.
    /// </summary>
    private const int WindowLogMax = 24;

    public Stream Reader(Stream compressed)
    {
        var stream = new DecompressionStream(compressed, checkEndOfStream: false);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, WindowLogMax);
        return stream;
    }

    public bool IsBroken(Exception exception) => exception is ZstdException or EndOfStreamException;

    public bool TryWrite(ByteBuffer output, ReadOnlySpan<byte> plain)
    {
        using var compressor = new Compressor(1);
        var start = output.Length;
        var room = output.Reserve(plain.Length - 1);
        if (!compressor.TryWrap(plain, room, out var written))
            return false;
        output.Truncate(start + written);
        return true;
    }
}
