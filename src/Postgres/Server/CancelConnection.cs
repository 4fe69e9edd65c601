using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.Postgres.Wire;
using Sento.Transport;

namespace Sento.Postgres.Server;

/// <summary>A connection of its own that brings one CancelRequest to a server and ends.</summary>
/// <remarks>
/// The server connection stays out of the pool until this one is closed by the server: then the signal has
/// been sent, and whatever runs next there is not hit by it. Where that connection is encrypted, this one is
/// too, or nothing is sent: whoever hears the key may cancel with it.
/// </remarks>
internal sealed class CancelConnection : IConnectionOwner, ITimerOwner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly PostgresProtocol _protocol;
    private readonly ServerConnection _server;
    private readonly int _processId;
    private readonly byte[] _key;
    private readonly Action? _done;
    private readonly LoopTimer _timer;
    private Connection? _connection;
    private readonly bool _isTls;
    private bool _awaitsTlsAnswer;
    private bool _isDone;

    private CancelConnection(
        PostgresProtocol protocol, ServerConnection server, int processId, byte[] key, Action? done)
    {
        _protocol = protocol;
        _done = done;
        _server = server;
        _isTls = server.IsTls;
        _processId = processId;
        _key = key;
        _timer = new LoopTimer(this);
    }

    public static void Start(PostgresProtocol protocol, ServerConnection server, Action? done)
    {
        var session = (PostgresServer)server.Protocol;
        if (server.IsClosed || server.Address is null || session.CancelKey.Length == 0)
        {
            done?.Invoke();
            return;
        }
        var cancel = new CancelConnection(protocol, server, session.ProcessId, session.CancelKey, done);
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
        if (!_isTls)
        {
            SendRequest();
            return;
        }
        _awaitsTlsAnswer = true;
        var question = new ByteBuffer(8);
        ClientMessageWriter.SslRequest(question);
        connection.Send(question.Written);
    }

    int IConnectionOwner.OnReceived(Connection connection, ReadOnlySpan<byte> window)
    {
        if (!_awaitsTlsAnswer)
            return window.Length;
        _awaitsTlsAnswer = false;
        var config = _server.Pool.Target.Config;
        // Anything behind the answer came in clear.
        if (window is [(byte)'S'] && _protocol.Terms.TargetIdentity(config)?.Current is { } context
            && context.TryNewClientSession(config.Host, out var session, out _))
            connection.BeginTls(session);
        else
            Finish();
        return window.Length;
    }

    void IConnectionOwner.OnSendDrained(Connection connection)
    {
    }

    void IConnectionOwner.OnSecured(Connection connection, string? error)
    {
        if (error is null) SendRequest();
        else Finish();
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

    private void SendRequest()
    {
        var request = new ByteBuffer(64);
        ClientMessageWriter.CancelRequest(request, _processId, _key);
        _connection!.Send(request.Written);
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
