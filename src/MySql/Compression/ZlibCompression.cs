using System.IO.Compression;
using Sento.Base;

namespace Sento.MySql.Compression;

/// <summary>RFC 1950, by the runtime; its fastest level, since loops share their time.</summary>
internal sealed class ZlibCompression : ICompression
{
    public static readonly ZlibCompression Instance = new();

    public Stream Reader(Stream compressed) =>
        new ZLibStream(compressed, CompressionMode.Decompress);

    public bool IsBroken(Exception exception) => exception is InvalidDataException;

    public bool TryWrite(ByteBuffer output, ReadOnlySpan<byte> plain)
    {
        using var bytes = new MemoryStream(plain.Length);
        using (var stream = new ZLibStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(plain);
        if (bytes.Length >= plain.Length)
            return false;
        output.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        return true;
    }
}
