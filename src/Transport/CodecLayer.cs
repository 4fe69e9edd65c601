using Sento.Base;

namespace Sento.Transport;

/// <summary>
/// A connection's codec with the bytes that wait for it. Bounded by one piece of the codec's and one
/// receive: while the owner is paused nothing is received. Loop thread only.
/// </summary>
internal sealed class CodecLayer(Connection connection, IByteCodec codec)
{
    private HeldBytes _wire;

    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> plain) => codec.Encode(plain);

    public void Append(ReadOnlySpan<byte> wire) => _wire.Append(wire);

    /// <summary>Hands out what can be read, until the owner pauses.</summary>
    public void Pump()
    {
        while (connection.IsTaking)
        {
            var plain = codec.Decode(_wire.Span, out var consumed);
            if (plain.IsEmpty && consumed == 0)
                return;
            Invariant.Holds(consumed <= _wire.Length);
            if (!plain.IsEmpty)
                connection.DeliverPlain(plain);
            // Whoever closes the connection meanwhile releases what waits.
            if (_wire.Length > 0)
                _wire.Drop(consumed);
        }
    }

    /// <summary>The owner may be in the middle of reading: its bytes are left to the collector.</summary>
    public void Close()
    {
        _wire = default;
        codec.Dispose();
    }
}
