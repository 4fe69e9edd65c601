using Sento.Base;
using Sento.Transport.Tls;

namespace Sento.Transport;

/// <summary>
/// TLS between one connection's socket and its owner: the handshake's steps on a worker, then every byte
/// through the loop's shared buffers. Belongs to its connection, on its loop.
/// </summary>
internal sealed class TlsLayer : ITimerOwner
{
    /// <summary>Who has said farewell closes its socket at once; what hangs is not waited for.</summary>
    private static readonly TimeSpan FarewellMax = TimeSpan.FromSeconds(1);

    private readonly Connection _connection;
    private HandshakeStep? _handshake;
    private LoopTimer? _farewell;

    /// <param name="session">Owned, and disposed, by this layer.</param>
    public TlsLayer(Connection connection, TlsSession session)
    {
        _connection = connection;
        Session = session;
        _handshake = new HandshakeStep(session, step => Loop.Post(() => OnStep(step)));
    }

    public TlsSession Session { get; }

    /// <summary>A worker is inside the session: nothing may be received meanwhile.</summary>
    public bool IsAtWorker { get; private set; }

    /// <summary>The session has sent something of its own accord, or ends before its socket does.</summary>
    public bool IsInDoubt { get; private set; }

    private EventLoop Loop => _connection.Loop;

    /// <summary>Our side begins the handshake.</summary>
    public void Begin() => RunHandshake();

    public void Send(ReadOnlySpan<byte> bytes)
    {
        var wire = Loop.ToWire;
        wire.Clear();
        if (Session.Encrypt(bytes, wire)) _connection.SendRaw(wire.Written);
        else _connection.FailSend(0);
    }

    /// <summary>Bytes have come from the socket; they lie in a buffer of the loop.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (_handshake is null)
        {
            // Nothing that follows a farewell is the peer's.
            if (_farewell is null)
                Decrypt(bytes);
            return;
        }
        _handshake.CipherIn.Write(bytes);
        RunHandshake();
    }

    /// <summary>Says that no more will be sent, once the handshake is over.</summary>
    public void SendCloseNotify()
    {
        if (_handshake is not null)
            return;
        var wire = Loop.ToWire;
        wire.Clear();
        Session.Close(wire);
        _connection.SendRaw(wire.Written);
    }

    public void Close()
    {
        if (_farewell is not null)
            Loop.Timers.Disarm(_farewell);
        // A worker may be inside it: then the step's end disposes it.
        if (!IsAtWorker)
            Session.Dispose();
    }

    void ITimerOwner.OnTimer(LoopTimer timer) => EndUnseen();

    private void Decrypt(ReadOnlySpan<byte> bytes)
    {
        var wire = Loop.ToWire;
        var plain = Loop.ReceiveBuffer;
        while (_connection.IsOpen)
        {
            wire.Clear();
            var result = Session.Read(bytes, plain, wire);
            bytes = bytes[result.Consumed..];
            IsInDoubt |= wire.Length > 0;
            _connection.SendRaw(wire.Written);
            if (result.Written > 0)
                _connection.Deliver(plain.AsSpan(0, result.Written));
            if (!_connection.IsOpen || result.Status == TlsStatus.WantMore)
                return;
            if (result.Status == TlsStatus.Ok)
                continue;
            if (result.Status != TlsStatus.CloseNotify) _connection.PeerGone(CloseCause.TlsFailed);
            else if (_connection.AwaitsEnd()) AwaitEnd();
            else EndUnseen();
            return;
        }
    }

    /// <summary>
    /// How the peer's socket ends, in order or by a reset, tells whether it has read what it was sent last.
    /// </summary>
    private void AwaitEnd()
    {
        _farewell = new LoopTimer(this);
        Loop.Timers.Arm(_farewell, Loop.Now + FarewellMax);
    }

    private void EndUnseen()
    {
        IsInDoubt = true;
        _connection.PeerGone(CloseCause.EndOfStream);
    }

    /// <summary>One step of public-key work, off the loop; nothing is read meanwhile.</summary>
    private void RunHandshake()
    {
        Loop.Driver.WantReceive(_connection, false);
        IsAtWorker = Loop.Workers.TryRun(_handshake!, out var refusal);
        if (!IsAtWorker)
            EndHandshake(refusal ?? "too many sign-ins at once");
    }

    private void OnStep(HandshakeStep step)
    {
        IsAtWorker = false;
        if (_connection.IsClosed)
        {
            Session.Dispose();
            return;
        }
        _connection.SendRaw(step.CipherOut.Written);
        step.CipherOut.Clear();
        if (!_connection.IsOpen)
            return;
        if (step.Status == TlsStatus.WantMore)
        {
            Loop.Driver.WantReceive(_connection, true);
            return;
        }
        var isDone = step.Status == TlsStatus.Ok;
        EndHandshake(isDone ? null : Session.FailureReason ?? "the TLS handshake failed");
        if (isDone && _connection.IsOpen && step.CipherIn.Length > 0)
            Decrypt(step.CipherIn.Written);
    }

    private void EndHandshake(string? error)
    {
        _handshake = null;
        _connection.TellSecured(error);
    }
}
