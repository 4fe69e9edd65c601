using Sento.Base;

namespace Sento.Transport.Tls;

/// <summary>
/// Handshake work of one session, to be run by <see cref="CpuWorkers"/> away from its loop.
/// </summary>
/// <remarks>
/// One object for the whole handshake: the loop adds what has arrived to <see cref="CipherIn"/> and hands it
/// over; until
/// <paramref name="finished"/> is called it must not touch the step, nor dispose the session.
/// </remarks>
/// <param name="finished">
/// Called on the worker. Posts the step back to the loop that owns the session.
/// </param>
public sealed class HandshakeStep(TlsSession session, Action<HandshakeStep> finished) : ICpuWork
{
    public TlsSession Session { get; } = session;

    /// <summary>
    /// Wire bytes for the handshake. After the last step: those that belong to <see cref="TlsSession.Read"/>.
    /// </summary>
    public ByteBuffer CipherIn { get; } = new(1024);

    /// <summary>To be sent and cleared by the loop after each step, whatever its status.</summary>
    public ByteBuffer CipherOut { get; } = new(4096);

    public TlsStatus Status { get; private set; }

    /// <summary>What <see cref="Run"/> threw: a bug of ours.</summary>
    public Exception? Fault { get; private set; }

    public void Run()
    {
        var result = Session.Handshake(CipherIn.Written, CipherOut);
        Status = result.Status;
        CipherIn.Written[result.Consumed..].CopyTo(CipherIn.WrittenForEdit);
        CipherIn.Truncate(CipherIn.Length - result.Consumed);
    }

    public void Finished(Exception? fault)
    {
        if (fault is not null)
            (Fault, Status) = (fault, TlsStatus.Failed);
        finished(this);
    }
}
