using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.Postgres.Wire;
using Sento.Transport;

namespace Sento.Postgres.Server;

/// <summary>A connection of its own that brings one CancelRequest to a server and ends.</summary>
/// <remarks>
/// The server connection stays out of the pool until this one is closed by the server: then the signal has
/// been
/// sent, and whatever runs next there is not hit by it. It goes in clear, as libpq's did for decades: the
/// key is
/// good for cancelling only and is the server's, not the client's.
/// </remarks>
internal sealed class CancelConnection : IConnectionOwner, ITimerOwner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly ServerConnection _server;
    private readonly int _processId;
    private readonly byte[] _key;
    private readonly Action? _done;
    private readonly LoopTimer _timer;
    private Connection? _connection;
    private bool _isDone;

    private CancelConnection(ServerConnection server, int processId, byte[] key, Action? done)
    {
        _done = done;
        _server = server;
        _processId = processId;
        _key = key;
        _timer = new LoopTimer(this);
    }

    public static void Start(ServerConnection server, Action? done)
    {
        var session = (PostgresServer)server.Protocol;
        if (server.IsClosed || server.Address is null || session.CancelKey.Length == 0)
        {
            done?.Invoke();
            return;
        }
        var cancel = new CancelConnection(server, session.ProcessId, session.CancelKey, done);
        server.CancelsInFlight++;
        server.Loop.Timers.Arm(cancel._timer, server.Loop.Now + Patience);
        cancel._connection = Connection.TryConnect(server.Loop, cancel, server.Address, out _);
        if (cancel._connection is null)
            cancel.Finish();
    }

    void IConnectionOwner.OnConnected(Connection connection, int error)
    {
        if (error != 0)
        {
            Finish();
            return;
        }
        var request = new ByteBuffer(64);
        ClientMessageWriter.CancelRequest(request, _processId, _key);
        connection.Send(request.Written);
    }

    int IConnectionOwner.OnReceived(Connection connection, ReadOnlySpan<byte> window) => window.Length;

    void IConnectionOwner.OnSendDrained(Connection connection)
    {
    }

    void IConnectionOwner.OnSecured(Connection connection, string? error)
    {
    }

    void IConnectionOwner.OnClosed(Connection connection, CloseCause cause) => Finish();

    void IConnectionOwner.OnFault(Connection connection, Exception fault) => Finish();

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        // Nobody knows whether it will still arrive: the connection it is meant for can't be trusted any
        // more.
        _server.Lose("a cancel request got no answer");
        Finish();
    }

    private void Finish()
    {
        if (_isDone)
            return;
        _isDone = true;
        _server.Loop.Timers.Disarm(_timer);
        _connection?.Close();
        _server.OnCancelDone();
        _done?.Invoke();
    }
}
