using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Bytes of a client that go to its server as they come: the rest of a long command, or a file that the
/// server asked for.
/// </summary>
internal sealed class ClientUpload(ClientRelay client)
{
    private const int CopyBytesMax = 8 * 1024;
    private int _left;
    private bool _continues;
    private bool _isFile;
    private bool _isDropped;
    private byte _shift;

    /// <summary>The next bytes of the client belong here.</summary>
    public bool IsOpen => _isFile || _continues || _left > 0;

    /// <summary>Of the packet that has begun, bytes that are still to come.</summary>
    public int BytesLeft => _left;

    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    /// <summary>Sends the start of a packet, and the rest of its payload as it comes.</summary>
    /// <param name="window">Begins where the bytes to be sent begin.</param>
    /// <param name="bytes">Of this packet, from there.</param>
    /// <param name="continues">Its payload goes on in the next packet.</param>
    /// <returns>Bytes of the window that are done with.</returns>
    public int Begin(ReadOnlySpan<byte> window, int bytes, bool continues)
    {
        var count = Math.Min(bytes, window.Length);
        // What came before may have been dropped: this is sent.
        _isDropped = false;
        Send(window[..count]);
        _left = bytes - count;
        _continues = continues;
        _shift = 0;
        return count;
    }

    /// <summary>Takes a command, of whatever length, and does nothing with it.</summary>
    public int Discard(ReadOnlySpan<byte> window, PacketHeader header)
    {
        var count = Math.Min(header.TotalBytes, window.Length);
        _left = header.TotalBytes - count;
        _continues = header.Continues;
        _isDropped = true;
        return count;
    }

    /// <summary>The client answers with a file, packet by packet, up to an empty one.</summary>
    /// <param name="shift">How far its numbers are ahead of the server's.</param>
    public void Open(byte shift)
    {
        _isFile = true;
        _isDropped = false;
        _shift = shift;
    }

    /// <summary>The server has given its last word.</summary>
    public void Close() => _isFile = false;

    public int Step(ReadOnlySpan<byte> window)
    {
        if (_left > 0)
        {
            var count = Math.Min(_left, window.Length);
            Send(window[..count]);
            _left -= count;
            return count;
        }
        if (!PacketHeader.TryRead(window, out var header))
            return 0;
        var sequence = (byte)(header.Sequence - _shift);
        if (!_isDropped)
            PacketWriter.Header(ToServer, header.PayloadBytes, sequence);
        _left = header.PayloadBytes;
        if (!_isDropped)
            client.OnUploaded(header.Sequence, sequence);
        // An empty packet ends the file, unless it ends a packet of 2^24-1 bytes.
        _isFile &= header.PayloadBytes > 0 || _continues;
        _continues = header.Continues;
        return PacketHeader.Bytes;
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (_isDropped)
            return;
        if (bytes.Length <= CopyBytesMax)
        {
            ToServer.Write(bytes);
            return;
        }
        var server = client.Server!.Connection.Connection;
        if (ToServer.Length > 0)
        {
            server.Send(ToServer.Written);
            ToServer.Clear();
        }
        server.Send(bytes);
    }
}
