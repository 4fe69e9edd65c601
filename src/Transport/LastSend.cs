namespace Sento.Transport;

/// <summary>What became of the bytes that were sent last on a connection that has ended.</summary>
public enum LastSendFate
{
    /// <summary>Nobody can say.</summary>
    Unknown,

    /// <summary>
    /// The connection was reset while they were on their way. The peer's program has not read them, unless
    /// the
    /// reset was made by something between us.
    /// </summary>
    Reset,

    /// <summary>
    /// The peer's program had closed the connection without having read them, or they have never left.
    /// </summary>
    NotRead,
}

/// <summary>Finds out whether the peer has read what it was sent last.</summary>
/// <remarks>
/// A peer that closes with bytes unread, or is sent some after it has closed, answers with a reset, not
/// with the
/// orderly end of its stream. So after an orderly end everything that it has acknowledged was read, and
/// what it
/// has not acknowledged, or has answered with a reset, was not. In TLS the peer's farewell comes before that
/// end, which is waited for.
/// </remarks>
public static unsafe class LastSend
{
    /// <summary>
    /// The fate of what was sent last, if that was one small segment. Only for <see
    /// cref="IConnectionOwner.OnClosed"/>.
    /// </summary>
    public static LastSendFate On(Connection connection, CloseCause cause)
    {
        if (connection.SendWasRefused || connection.Loop.Driver.TryTakeBack(connection))
            return LastSendFate.NotRead;
        if (connection.SendIsInDoubt || cause == CloseCause.TlsFailed
            || connection.IsClosed || connection.QueuedBytes > 0)
            return LastSendFate.Unknown;
        if (cause == CloseCause.Reset)
            return LastSendFate.Reset;
        var descriptor = connection.Descriptor;
        var value = 0;
        var length = (uint)sizeof(int);
        if (Native.getsockopt(descriptor, Native.SOL_SOCKET, Native.SO_ERROR, &value, &length) == 0
            && value is Native.EPIPE or Native.ECONNRESET)
            return LastSendFate.NotRead;
        return Native.ioctl(descriptor, Native.SIOCOUTQ, &value) == 0 && value > 0
            ? LastSendFate.NotRead
            : LastSendFate.Unknown;
    }
}
