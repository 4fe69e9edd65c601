using Sento.Base;

namespace Sento.Transport;

/// <summary>
/// A connection's codec with the bytes that wait for it. Bounded by one piece of the codec's and one
/// receive: while the owner is paused, or more can be shown than one turn has room for, nothing is received.
/// Loop thread only.
/// </summary>
internal sealed class CodecLayer(Connection connection, IByteCodec codec)
{
    private HeldBytes _wire;

    /// <summary>What has come holds more than was shown; it goes on at the end of a turn.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Bytes for the peer, in a buffer of the loop; valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> plain)
    {
        var encoded = connection.Loop.ToCodec;
        encoded.Clear();
        codec.Encode(plain, encoded);
        return encoded.Written;
    }

    public void Append(ReadOnlySpan<byte> wire) => _wire.Append(wire);

    /// <summary>More bytes have come; what waits for its turn goes on waiting.</summary>
    public void OnReceived()
    {
        if (!IsBehind)
            Pump();
    }

    /// <summary>
    /// Hands out what can be read, until the owner pauses; as much as one receive of plain bytes at most,
    /// since few bytes may mean many, and others wait for the loop.
    /// </summary>
    public void Pump()
    {
        var wasBehind = IsBehind;
        IsBehind = false;
        var shownBytes = 0;
        while (connection.IsTaking)
        {
            if (shownBytes >= Limits.ReceiveBytes)
            {
                IsBehind = true;
                connection.Loop.Driver.WantReceive(connection, false);
                connection.Loop.Defer(connection);
                return;
            }
            var plain = codec.Decode(_wire.Span, out var consumed);
            if (plain.IsEmpty && consumed == 0)
            {
                if (wasBehind)
                    connection.Loop.Driver.WantReceive(connection, true);
                return;
            }
            Invariant.Holds(consumed <= _wire.Length);
            shownBytes += plain.Length;
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
