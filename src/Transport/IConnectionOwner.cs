using Sento.Base;

namespace Sento.Transport;

/// <summary>How a connection came to its end, seen from the transport.</summary>
public enum CloseCause { EndOfStream, Reset, TlsFailed }

/// <summary>
/// What a connection's bytes mean: a client session, a server connection, a cancel on its way.
/// </summary>
/// <remarks>
/// All calls on the loop's thread. An exception ends the connection through <see cref="OnFault"/>.
/// </remarks>
public interface IConnectionOwner
{
    /// <summary>An outgoing connection stands (error 0) or failed (error number of the system).</summary>
    void OnConnected(Connection connection, int error);

    /// <summary>Plain bytes in order, those held from before first. Valid only during the call.</summary>
    /// <returns>How many bytes are done with; the rest is held and shown again with more behind it.</returns>
    int OnReceived(Connection connection, ReadOnlySpan<byte> window);

    /// <summary>What was queued has gone down to <see cref="Limits.SendQueueLowBytes"/>.</summary>
    void OnSendDrained(Connection connection);

    /// <summary>A TLS handshake ended; null: it succeeded.</summary>
    void OnSecured(Connection connection, string? error);

    /// <summary>
    /// The peer has said in TLS that it sends no more. True: the end of its socket is worth waiting for,
    /// which tells whether it has read what it was sent last.
    /// </summary>
    bool AwaitsEnd(Connection connection) => false;

    /// <summary>The peer is gone. The owner closes the connection.</summary>
    void OnClosed(Connection connection, CloseCause cause);

    /// <summary>A handler threw. The owner ends what it must and closes the connection.</summary>
    void OnFault(Connection connection, Exception fault);
}
