using Sento.Base;

namespace Sento.MySql.Compression;

/// <summary>A way to make bytes fewer. Stateless; any thread.</summary>
internal interface ICompression
{
    Stream Reader(Stream compressed);

    /// <summary>What a <see cref="Reader"/> throws when its bytes are none of this compression's.</summary>
    bool IsBroken(Exception exception);

    /// <returns>False: it would be more bytes than before, and what was written is to be forgotten.</returns>
    bool TryWrite(ByteBuffer output, ReadOnlySpan<byte> plain);
}
