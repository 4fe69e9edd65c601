namespace Sento.Transport.Tls;

public enum TlsStatus
{
    /// <summary>All input is taken and nothing is held back: come again with more wire bytes.</summary>
    WantMore,

    /// <summary>
    /// Handshake: complete. Read: the room for plain bytes is full, call again before anything else.
    /// </summary>
    Ok,

    /// <summary>
    /// The peer has said that it will send no more. What follows on the wire is not its word.
    /// </summary>
    CloseNotify,

    /// <summary>
    /// The session is over; <see cref="TlsSession.FailureReason"/> says why. Send the alert, then close.
    /// </summary>
    Failed,
}

/// <param name="Consumed">Wire bytes taken; the caller offers the rest again.</param>
/// <param name="Written">Plain bytes written. They are valid with every status: deliver them first.</param>
public readonly record struct TlsResult(TlsStatus Status, int Consumed, int Written);
