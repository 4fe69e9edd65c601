using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;
using Sento.Transport;

namespace Sento.MySql.Server;

/// <summary>A connection of its own that brings one KILL to a server and ends.</summary>
/// <remarks>
/// The server connection stays out of the pool until the server has answered: then whatever runs next there
/// is not hit. It signs in as the same user, who may kill its own.
/// </remarks>
internal sealed class KillConnection : IConnectionOwner, ITimerOwner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly MySqlProtocol _protocol;
    private readonly ServerConnection _server;
    private readonly string _sql;
    private readonly Action? _done;
    private readonly LoopTimer _timer;
    private readonly ServerSignIn _signIn;
    private Connection? _connection;
    private bool _isAsking;
    private bool _isDone;

    private KillConnection(MySqlProtocol protocol, ServerConnection server, string sql, Action? done)
    {
        _protocol = protocol;
        _server = server;
        _sql = sql;
        _done = done;
        _timer = new LoopTimer(this);
        _signIn = MySqlServer.NewSignIn(
            protocol, server.Pool, server.Address!.IsUnix, "", MySqlServer.Choose(protocol, server.Pool));
    }

    public static void Start(MySqlProtocol protocol, ServerConnection server, bool isQueryOnly, Action? done)
    {
        if (server.IsClosed || server.Address is null)
        {
            done?.Invoke();
            return;
        }
        var id = ((MySqlServer)server.Protocol).ThreadId;
        var sql = string.Create(CultureInfo.InvariantCulture, $"KILL {(isQueryOnly ? "QUERY " : "")}{id}");
        var kill = new KillConnection(protocol, server, sql, done);
        server.CancelsInFlight++;
        server.Loop.Timers.Arm(kill._timer, server.Loop.Now + Patience);
        kill._connection = Connection.TryConnect(server.Loop, kill, server.Address, out _);
        if (kill._connection is null)
            kill.Finish();
    }

    void IConnectionOwner.OnConnected(Connection connection, int error)
    {
        if (error != 0)
            Finish();
    }

    int IConnectionOwner.OnReceived(Connection connection, ReadOnlySpan<byte> window)
    {
        if (_isAsking)
        {
            // OK, or an error because the thread is gone already: it has been told either way.
            Finish();
            return window.Length;
        }
        var output = new ByteBuffer(256);
        var consumed = 0;
        SignInStep step;
        do
        {
            step = _signIn.Feed(window[consumed..], output);
            consumed += step.Consumed;
        }
        while (step is { Status: SignInStatus.NeedMore, Consumed: > 0 });
        connection.Send(output.Written);
        Follow(step);
        return consumed;
    }

    void IConnectionOwner.OnSendDrained(Connection connection)
    {
    }

    void IConnectionOwner.OnSecured(Connection connection, string? error)
    {
        if (error is null) Resume();
        else Finish();
    }

    void IConnectionOwner.OnClosed(Connection connection, CloseCause cause)
    {
        if (_isAsking && !_isDone)
            _server.Lose("a KILL got no answer");
        Finish();
    }

    void IConnectionOwner.OnFault(Connection connection, Exception fault) => Finish();

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        // Nobody knows whether it will still arrive: the connection it is meant for can't be trusted any
        // more.
        _server.Lose("a KILL got no answer");
        Finish();
    }

    private void Resume()
    {
        if (_isDone)
            return;
        var output = new ByteBuffer(256);
        var step = _signIn.Resume(output);
        _connection!.Send(output.Written);
        Follow(step);
    }

    private void Follow(SignInStep step)
    {
        var config = _server.Pool.Target.Config;
        switch (step.Status)
        {
            case SignInStatus.NeedsTls:
                if (_protocol.Terms.TargetIdentity(config)?.Current is { } context
                    && context.TryNewClientSession(config.Host, out var session, out _))
                    _connection!.BeginTls(session);
                else
                    Finish();
                return;
            case SignInStatus.NeedsWork:
                if (!_server.Loop.Workers.TryRun(new SignInJob(_server.Loop, _signIn.RunWork, Resume), out _))
                    Finish();
                return;
            case SignInStatus.Failed:
                Finish();
                return;
            case SignInStatus.Done:
                _isAsking = true;
                var output = new ByteBuffer(64);
                var mark = PacketWriter.BeginQuery(
                    output, (_signIn.Capabilities & Capabilities.QueryAttributes) != 0);
                output.Write(Encoding.ASCII.GetBytes(_sql));
                PacketWriter.End(output, mark, 0);
                _connection!.Send(output.Written);
                return;
        }
    }

    private void Finish()
    {
        if (_isDone)
            return;
        _isDone = true;
        _server.Loop.Timers.Disarm(_timer);
        _signIn.Dispose();
        _connection?.Close();
        _server.OnCancelDone();
        _done?.Invoke();
    }
}
