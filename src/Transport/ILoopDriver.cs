using Sento.Transport.IoUring;

namespace Sento.Transport;

/// <summary>
/// What a loop needs of the kernel, in terms of completions. One driver a loop; loop thread only, but
/// for Wake.
/// </summary>
/// <remarks>
/// A receive that is wanted completes again and again until it is unwanted: bytes lie in a buffer of the loop
/// and are valid only while <see cref="Connection.CompleteReceive"/> runs. A send takes what it can; when it
/// took less than all, it completes with <see cref="Connection.CompleteSend"/> once more can be taken. What
/// was taken may still be on its way to the kernel: then <see cref="Channel.BytesInFlight"/> counts it, and a
/// send that is wanted completes when it has arrived there.
/// </remarks>
public interface ILoopDriver : IDisposable
{
    string Name { get; }

    /// <summary>Takes a socket in. Nothing is received before it is wanted.</summary>
    void Open(Channel channel);

    /// <summary>
    /// Lets the socket go and closes its descriptor, after what was taken to be sent. No completion comes
    /// after this returns.
    /// </summary>
    void Close(Channel channel);

    void WantReceive(Channel channel, bool wanted);

    void WantSend(Channel channel, bool wanted);

    /// <returns>Bytes taken, from 0 to all; negative: the error number, negated.</returns>
    int Send(Connection connection, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Takes back what was to be sent, if that is certain: none of <see cref="Channel.BytesInFlight"/> has
    /// reached the kernel or will.
    /// </summary>
    bool TryTakeBack(Connection connection);

    /// <summary>Waits for completions, at most so long, and runs their handlers.</summary>
    void Poll(int milliseconds);

    /// <summary>
    /// The loop's thread polls no more: what was taken is handed on to the kernel, all else is dropped.
    /// </summary>
    void End();

    /// <summary>Ends a <see cref="Poll"/> that waits. Any thread.</summary>
    void Wake();
}

/// <summary>A socket that a driver watches: a connection or a listener.</summary>
public abstract class Channel
{
    internal int Slot = -1;
    internal uint Generation;

    /// <summary>The driver's own notes about this socket.</summary>
    internal uint Interest;

    /// <summary>Bytes that the driver has taken to be sent and the kernel not yet.</summary>
    internal int BytesInFlight { get; set; }

    /// <summary>Where those bytes lie; null: there are none.</summary>
    internal SendBlock? InFlight { get; set; }

    public int Descriptor { get; protected set; } = -1;

    internal bool ReceiveWanted;
    internal bool SendWanted;

    /// <summary>The driver saw the socket readable (or hung up) while a receive was wanted.</summary>
    internal abstract void OnReadable();

    /// <summary>The driver saw the socket writable while a send was wanted.</summary>
    internal abstract void OnWritable();

    /// <summary>The other side is gone and nobody wants to receive.</summary>
    internal abstract void OnHangUp();
}
