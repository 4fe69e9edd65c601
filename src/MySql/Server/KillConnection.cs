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
/// is not hit. It signs in as the same user, who may kill its own. Where the server has no room for it, an
/// idle connection of the pool brings the KILL, or the sign-in is tried again while patience lasts.
/// </remarks>
internal sealed class KillConnection : IConnectionOwner, ITimerOwner
{
    /// <summary>So long it may take to tell the server.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>ER_NO_SUCH_THREAD: it has gone by itself.</summary>
    private const int UnknownThread = 1094;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly MySqlProtocol _protocol;
    private readonly ServerConnection _server;
    private readonly string _sql;
    private readonly Action<string?> _done;
    private readonly LoopTimer _timer;
    private readonly LoopTime _deadline;
    private readonly LoopTime _lastTryEnds;
    private ServerSignIn? _signIn;
    private Connection? _connection;
    private KillMessenger? _messenger;
    private string? _refusal;
    private bool _isAsking;
    private bool _isPausing;
    private bool _isDone;

    private KillConnection(MySqlProtocol protocol, ServerConnection server, string sql, Action<string?> done)
    {
        _protocol = protocol;
        _server = server;
        _sql = sql;
        _done = done;
        _timer = new LoopTimer(this);
        _deadline = server.Loop.Now + Patience;
        // A little earlier, so that whoever waits hears of the refusal.
        _lastTryEnds = server.Loop.Now + (Patience - 2 * Pause);
    }

    /// <param name="done">Told when the server has been told. Null: it was; else why not.</param>
    public static void Start(
        MySqlProtocol protocol, ServerConnection server, bool isQueryOnly, Action<string?> done)
    {
        if (server.IsClosed || server.Address is null)
        {
            done("the statement's database connection was lost");
            return;
        }
        var id = ((MySqlServer)server.Protocol).ThreadId;
        var sql = string.Create(CultureInfo.InvariantCulture, $"KILL {(isQueryOnly ? "QUERY " : "")}{id}");
        server.CancelsInFlight++;
        new KillConnection(protocol, server, sql, done).Dial();
    }

    void IConnectionOwner.OnConnected(Connection connection, int error)
    {
        if (error != 0)
            Finish(Connection.Describe(error));
    }

    int IConnectionOwner.OnReceived(Connection connection, ReadOnlySpan<byte> window)
    {
        if (_isAsking)
            return OnAnswer(window);
        var output = new ByteBuffer(256);
        var consumed = 0;
        SignInStep step;
        do
        {
            step = _signIn!.Feed(window[consumed..], output);
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
        else Finish($"TLS failed: {error}");
    }

    void IConnectionOwner.OnClosed(Connection connection, CloseCause cause)
    {
        if (_isAsking && !_isDone)
            _server.Lose("a KILL got no answer");
        Finish("the server closed its connection");
    }

    void IConnectionOwner.OnFault(Connection connection, Exception fault) =>
        Finish("the server's words to it were not understood");

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        if (_isPausing)
        {
            Dial();
            return;
        }
        // Nobody knows whether it will still arrive: the connection it is meant for can't be trusted any
        // more.
        if (_isAsking || _refusal is null)
            _server.Lose("a KILL got no answer");
        Finish(_refusal ?? string.Create(CultureInfo.InvariantCulture,
            $"the server has not answered it within {Patience.TotalSeconds:0} s"));
    }

    private void Dial()
    {
        _isPausing = false;
        _server.Loop.Timers.Arm(_timer, _refusal is null ? _deadline : _lastTryEnds);
        var chosen = MySqlServer.Choose(_protocol, _server.Pool);
        if (chosen.Fault is { } fault)
        {
            Finish(fault);
            return;
        }
        _signIn = MySqlServer.NewSignIn(_protocol, _server.Pool, _server.Address!.IsUnix, "", chosen);
        _connection = Connection.TryConnect(_server.Loop, this, _server.Address, out var error);
        if (_connection is null)
            Finish(Connection.Describe(error));
    }

    private void Resume()
    {
        if (_isDone || _isPausing || _messenger is not null)
            return;
        var output = new ByteBuffer(256);
        var step = _signIn!.Resume(output);
        _connection!.Send(output.Written);
        Follow(step);
    }

    private void Follow(SignInStep step)
    {
        var config = _server.Pool.Target.Config;
        switch (step.Status)
        {
            case SignInStatus.NeedsTls:
                var error = "no TLS is configured towards the target";
                if (_protocol.Terms.TargetIdentity(config)?.Current is { } context
                    && context.TryNewClientSession(config.Host, out var session, out error))
                    _connection!.BeginTls(session);
                else
                    Finish($"TLS failed: {error}");
                return;
            case SignInStatus.NeedsWork:
                if (!_server.Loop.Workers.TryRun(
                    new SignInJob(_server.Loop, _signIn!.RunWork, Resume), out var why))
                    Finish(why ?? "too many sign-ins at once");
                return;
            case SignInStatus.Failed:
                OnRefused(_signIn!.Error!);
                return;
            case SignInStatus.Done:
                Ask();
                return;
        }
    }

    private void Ask()
    {
        _isAsking = true;
        var output = new ByteBuffer(64);
        var mark = PacketWriter.BeginQuery(
            output, (_signIn!.Capabilities & Capabilities.QueryAttributes) != 0);
        output.Write(Encoding.ASCII.GetBytes(_sql));
        PacketWriter.End(output, mark, 0);
        _connection!.Send(output.Written);
    }

    private int OnAnswer(ReadOnlySpan<byte> window)
    {
        if (!PacketHeader.TryRead(window, out var header) || window.Length < header.TotalBytes)
            return 0;
        var payload = window[PacketHeader.Bytes..header.TotalBytes];
        OnAnswer(payload is [Reply.Error, ..] ? ErrPacket.Read(payload) : null);
        return window.Length;
    }

    private void OnAnswer(ErrPacket? error) => Finish(error is null or { Code: UnknownThread } ? null
        : $"the server has refused it ({error.Code}: {error.Message})");

    private void OnRefused(ErrPacket error)
    {
        _refusal = $"the server has refused its sign-in ({error.Code}: {error.Message})";
        // No slot is free, for all or for this user: one may become free.
        if (error.Code is not (1040 or 1203 or 1226))
        {
            Finish(_refusal);
            return;
        }
        _connection!.Close();
        _signIn!.Dispose();
        _messenger = KillMessenger.TrySend(_server.Pool, _sql, OnDelivered);
        if (_messenger is not null)
        {
            _isAsking = true;
            return;
        }
        if (_server.Loop.Now + Pause >= _lastTryEnds)
        {
            Finish(_refusal);
            return;
        }
        _isPausing = true;
        _server.Loop.Timers.Arm(_timer, _server.Loop.Now + Pause);
    }

    private void OnDelivered(ErrPacket? error, bool isLost)
    {
        _messenger = null;
        if (!isLost)
        {
            OnAnswer(error);
            return;
        }
        _server.Lose("a KILL got no answer");
        Finish("the server closed its connection");
    }

    private void Finish(string? fault)
    {
        if (_isDone)
            return;
        _isDone = true;
        _server.Loop.Timers.Disarm(_timer);
        _signIn?.Dispose();
        _connection?.Close();
        _messenger?.GiveUp();
        if (fault is not null)
            _server.Pool.Target.Report.OnCancelFailed(_server, fault);
        _server.OnCancelDone();
        _done(fault);
    }
}
