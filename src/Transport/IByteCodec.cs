using Sento.Base;

namespace Sento.Transport;

/// <summary>
/// Stands between a connection's bytes and its owner, inside of TLS: compression. Owned by its connection;
/// loop thread only.
/// </summary>
public interface IByteCodec : IDisposable
{
    /// <summary>Bytes for the peer as they go out.</summary>
    void Encode(ReadOnlySpan<byte> plain, ByteBuffer output);

    /// <summary>The next bytes for the owner; valid until the next call.</summary>
    /// <param name="wire">All that has come and is not done with.</param>
    /// <param name="consumed">Bytes of it that are done with.</param>
    /// <returns>Empty with nothing consumed: more must come first.</returns>
    ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> wire, out int consumed);
}
