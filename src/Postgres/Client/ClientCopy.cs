using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>The copy that a server reads from one client, and what may be sent within it.</summary>
internal sealed class ClientCopy(ClientRelay client)
{
    /// <summary>The server reads a copy whose end the client has not sent yet.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The server has begun to read.</summary>
    /// <param name="isEnded">The client has sent the end already.</param>
    public void OnBegun(bool isEnded) => IsOpen = !isEnded;

    /// <summary>The server has read the last of it, or has failed, or is lost.</summary>
    public void OnOver() => IsOpen = false;

    /// <summary>
    /// What no copy may hold: the server fails the copy for it, and then ends the session. What is replicated
    /// has rules of its own.
    /// </summary>
    public bool IsBrokenBy(byte code) => IsOpen && !client.IsReplication && code is not (ClientCode.CopyData
        or ClientCode.CopyDone or ClientCode.CopyFail or ClientCode.Sync or ClientCode.Flush
        or ClientCode.Terminate);

    /// <summary>CopyData, CopyDone or CopyFail.</summary>
    public int OnMessage(ReadOnlySpan<byte> window, MessageHeader header)
    {
        // After a COPY that failed the client may go on for a while; PostgreSQL ignores it, and so do we.
        if (client.Server is null or { Replies.Count: 0 })
            return client.Stream.Discard(window, header);
        if (client.Acquire() is not { } server)
            return 0;
        if (header.Code != ClientCode.CopyData)
        {
            if (!IsOpen)
                server.Replies.Add(ReplyKind.CopyEnd);
            IsOpen = false;
            return client.Stream.Forward(window, header.TotalBytes);
        }
        return client.Stream.Forward(window, CopyRun.End(window, header.TotalBytes));
    }
}
