using Sento.Base;

namespace Sento.Transport;

/// <summary>
/// What a loop needs of the kernel, in terms of completions. One driver a loop; loop thread only, but
/// for Wake.
/// </summary>
/// <remarks>
/// A receive that is wanted completes again and again until it is unwanted: bytes lie in the loop's buffer
/// and are
/// valid only while <see cref="Connection.CompleteReceive"/> runs. A send takes what it can; when it took
/// less than
/// all, it completes with <see cref="Connection.CompleteSend"/> once more can be taken.
/// </remarks>
public interface ILoopDriver : IDisposable
{
    string Name { get; }

    /// <summary>Takes a socket in. Nothing is received before it is wanted.</summary>
    void Open(Channel channel);

    /// <summary>Lets the socket go. No completion comes after this returns.</summary>
    void Close(Channel channel);

    void WantReceive(Channel channel, bool wanted);

    void WantSend(Channel channel, bool wanted);

    /// <returns>Bytes taken, from 0 to all; negative: the error number, negated.</returns>
    int Send(Connection connection, ReadOnlySpan<byte> bytes);

    /// <summary>Waits for completions, at most so long, and runs their handlers.</summary>
    void Poll(int milliseconds);

    /// <summary>Ends a <see cref="Poll"/> that waits. Any thread.</summary>
    void Wake();
}

/// <summary>A socket that a driver watches: a connection or a listener.</summary>
public abstract class Channel
{
    internal int Slot = -1;
    internal uint Generation;
    internal uint Interest;

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
