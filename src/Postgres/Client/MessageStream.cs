using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// A client's message that has begun to pass: its bytes go on to the server, or nowhere, as they arrive.
/// </summary>
/// <remarks>So a message may be larger than any buffer.</remarks>
internal sealed class MessageStream(ClientRelay client)
{
    /// <summary>Bytes worth copying, so that they go out in one write with what was built before.</summary>
    private const int CopyBytesMax = 8 * 1024;

    private int _bytesLeft;
    private bool _goesToServer;

    public bool IsActive => _bytesLeft > 0;

    /// <summary>Bytes of the message that are still to come.</summary>
    public int BytesLeft => _bytesLeft;

    /// <summary>The server has had the first part of a message whose rest is still to come.</summary>
    public bool IsMidMessage => _bytesLeft > 0 && _goesToServer;

    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    /// <summary>Sends bytes of a message as they are, and streams what has not arrived yet.</summary>
    /// <returns>The bytes of the window that are done with.</returns>
    public int Forward(ReadOnlySpan<byte> window, int totalBytes)
    {
        var count = Math.Min(totalBytes, window.Length);
        ForwardBytes(window[..count]);
        _bytesLeft = totalBytes - count;
        _goesToServer = true;
        return count;
    }

    /// <summary>Takes a message and does nothing with it.</summary>
    public int Discard(ReadOnlySpan<byte> window, MessageHeader header)
    {
        var count = Math.Min(header.TotalBytes, window.Length);
        _bytesLeft = header.TotalBytes - count;
        _goesToServer = false;
        return count;
    }

    public int Continue(ReadOnlySpan<byte> window)
    {
        if (_goesToServer && _bytesLeft < window.Length && client.IsCopying)
            _bytesLeft = CopyRun.End(window, _bytesLeft);
        var count = Math.Min(_bytesLeft, window.Length);
        if (count == 0)
            return 0;
        if (_goesToServer)
            ForwardBytes(window[..count]);
        _bytesLeft -= count;
        if (_bytesLeft == 0 && _goesToServer && client.Server is { Replies.IsQuiet: true })
        {
            // The replies came while the last message was still on its way (a COPY that had failed).
            client.Flush();
            client.OnQuiet();
        }
        return count;
    }

    private void ForwardBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= CopyBytesMax)
        {
            ToServer.Write(bytes);
            return;
        }
        var server = client.Server!.Connection.Connection;
        server.Send(ToServer.Written);
        ToServer.Clear();
        server.Send(bytes);
    }
}
