using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.Model;
using Sento.MySql.Client;
using Sento.MySql.Replay;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;
using Sento.Transport;

namespace Sento.MySql.Server;

/// <summary>
/// One connection to a MySQL or MariaDB server: TLS, sign-in, first questions, clean-up after a client, the
/// end.
/// </summary>
internal sealed class MySqlServer : IServerProtocol, ITimerOwner
{
    /// <summary>ER_ACCESS_DENIED_ERROR: user or password are wrong.</summary>
    private const int AccessDenied = 1045;

    private static readonly TimeSpan CleanUpMax = TimeSpan.FromSeconds(10);

    /// <summary>So long a question of ours may take whose client has left.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(4);
    private readonly MySqlProtocol _protocol;
    private readonly ServerConnection _server;
    private Stage _stage;
    private ServerSignIn? _signIn;
    private PasswordSecret _secret = PasswordSecret.Empty;
    private LoopTimer? _answerTimer;
    private bool _isCleaning;
    private bool _needsReset;

    public MySqlServer(MySqlProtocol protocol, ServerConnection server)
    {
        _protocol = protocol;
        _server = server;
        Session = new ServerSession(this, server, protocol.States.Empty);
    }

    private enum Stage { SigningIn, Securing, Preparing, Ready }

    public ServerSession Session { get; }

    public ServerConnection Connection => _server;

    public uint ThreadId { get; private set; }

    public int ProcessId => (int)ThreadId;

    public long? ClientId => Session.Client?.Session.Id;

    public int PreparedStatements => Session.Prepared.Count;

    /// <summary>Why the last KILL of a statement here was not done; null: it was.</summary>
    public string? CancelFault { get; set; }

    private TargetFacts Facts => TargetFacts.Of(_server.Pool.Target);

    private PoolFacts Pool => PoolFacts.Of(_server.Pool);

    public void OnConnected()
    {
        _stage = Stage.SigningIn;
        var chosen = Choose(_protocol, _server.Pool);
        if (chosen.Fault is { } fault)
        {
            _server.FailLogin(new LoginFailure(LoginFailureKind.Refused, fault));
            return;
        }
        _secret = chosen.Secret;
        _signIn = NewSignIn(
            _protocol, _server.Pool, _server.Address!.IsUnix, _server.Pool.Key.Database, chosen);
    }

    /// <summary>The newest secret that the server has not refused, or a token for one sign-in.</summary>
    public static ChosenSecret Choose(MySqlProtocol protocol, TargetPool pool)
    {
        var facts = PoolFacts.Of(pool);
        if (facts.IsLookup)
            return new ChosenSecret(protocol.Credentials.Lookup?.Secret ?? PasswordSecret.Empty);
        if (facts.Account is { } host)
        {
            return protocol.Accounts.SecretOf(pool.Key.User, host) is { } proven
                ? new ChosenSecret(proven, IsOwned: true)
                : new ChosenSecret(PasswordSecret.Empty, Fault: "What opened this user's server connections "
                    + "is not known any more; its next sign-in tells it.");
        }
        var known = protocol.Credentials.Find(pool.Key.User);
        if (known is null)
            return new ChosenSecret(PasswordSecret.Empty);
        if (!known.IsByToken)
            return new ChosenSecret(facts.Choice.Current(known.Servers));
        var fault = "";
        using var token = protocol.Terms.TargetTokens?.TryMake(pool.Target.Config, pool.Key.User, out fault);
        return token is null
            ? new ChosenSecret(PasswordSecret.Empty, Fault: fault)
            : new ChosenSecret(new PasswordSecret(token.Span), IsOwned: true);
    }

    /// <summary>A sign-in as this pool's user.</summary>
    public static ServerSignIn NewSignIn(
        MySqlProtocol protocol, TargetPool pool, bool isUnix, string database, ChosenSecret chosen)
    {
        var facts = PoolFacts.Of(pool);
        var tls = pool.Target.Config.Tls;
        return new ServerSignIn(new ServerSignInTerms
        {
            User = pool.Key.User,
            Database = database,
            Secret = chosen.Secret,
            OwnsSecret = chosen.IsOwned,
            Capabilities = facts.Capabilities,
            MariaDb = facts.MariaDb,
            WantsTls = !isUnix && tls is not (TargetTls.Disable or TargetTls.Allow),
            NeedsTls = !isUnix && tls is TargetTls.Require or TargetTls.VerifyCa or TargetTls.VerifyFull,
            IsUnix = isUnix,
            Principal = facts.Principal,
        });
    }

    public void OnSecured(string? error)
    {
        if (error is not null)
        {
            _server.FailLogin(new LoginFailure(LoginFailureKind.Unreachable,
                $"TLS to the target failed: {error}"));
            return;
        }
        _stage = Stage.SigningIn;
        Resume();
    }

    public int OnReceived(ReadOnlySpan<byte> window) => _stage switch
    {
        Stage.SigningIn => OnSignIn(window),
        Stage.Securing => throw new ProtocolViolation("the server spoke before TLS was agreed on"),
        _ => Session.OnReceived(window),
    };

    public void OnDrained() => Session.Client?.OnServerDrained();

    public void OnLoginFailed() => _signIn?.Dispose();

    public void OnLost(string why)
    {
        var client = Session.Client;
        Session.Client = null;
        if (client is not null)
            client.OnServerLost(why, Session.IsMidPacket || Session.IsMidReply);
        else if (!Session.IsQuiet)
            Session.Replies.Head.Exchange?.OnLost();
    }

    public void SayGoodbye()
    {
        if (_stage < Stage.Preparing || Session.IsCutOff)
            return;
        var goodbye = new ByteBuffer(8);
        PacketWriter.Command(goodbye, Command.Quit);
        _server.Connection.Send(goodbye.Written);
    }

    public void Ping()
    {
        // A buffer of its own: whoever wants this connection may be building something for another one.
        var output = new ByteBuffer(64);
        Session.Start(new SimpleExchange(Command.Ping, [], _ => _server.StopDeadline()), output);
        _server.Connection.Send(output.Written);
    }

    /// <summary>
    /// The client has left: whatever it left behind is ended, and the connection goes back or is closed.
    /// </summary>
    /// <param name="needsReset">It held something, or may have.</param>
    public void CleanUp(bool needsReset)
    {
        _isCleaning = true;
        _needsReset = needsReset || Session.IsInTransaction;
        if (Session.IsQuiet)
        {
            OnQuietAfterClient();
            return;
        }
        if (!Session.OwesClient)
        {
            // Only an answer to a question of ours is missing: it will come, unless it waits for a lock.
            _server.StartDeadline(CleanUpMax);
            _answerTimer ??= new LoopTimer(this);
            _server.Loop.Timers.Arm(_answerTimer, _server.Loop.Now + AnswerMax);
            return;
        }
        // A statement runs that nobody waits for. The server notices a closed socket only when it answers:
        // it is told.
        _server.StartDeadline(CleanUpMax);
        EndAtServer();
    }

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        if (_isCleaning && !_server.IsClosed && !Session.IsQuiet)
            EndAtServer();
    }

    private void EndAtServer() => _protocol.Kill(_server, isQueryOnly: false, _ =>
    {
        if (!_server.IsClosed)
            _server.Break(EndReason.ServerNotClean, "the client left in the middle of a statement");
    });

    void IServerProtocol.OnCancelsDone()
    {
        if (!_isCleaning)
            return;
        // One that came when nothing ran would hit the next statement: it must be none of the next client's.
        _needsReset = true;
        if (Session.IsQuiet)
            OnQuietAfterClient();
    }

    /// <summary>Nothing is owed any more and the client is gone.</summary>
    public void OnQuietAfterClient()
    {
        if (!_isCleaning || _stage != Stage.Ready || _server.CancelsInFlight > 0)
            return;
        if (_answerTimer is not null)
            _server.Loop.Timers.Disarm(_answerTimer);
        if (Session.IsTainted)
        {
            _server.Break(EndReason.ServerNotClean,
                "its role or another thing that no reset takes away was changed");
            return;
        }
        if (_needsReset || Session.IsInTransaction)
        {
            _needsReset = false;
            _server.StartDeadline(CleanUpMax);
            Session.StartNow(new ResetExchange(Facts, failed =>
            {
                if (failed)
                    _server.Break(EndReason.ServerNotClean, "it could not be reset after a client");
            }));
            return;
        }
        _isCleaning = false;
        _server.StopDeadline();
        _server.LastBorrowerId = 0;
        _server.Release();
    }

    private int OnSignIn(ReadOnlySpan<byte> window)
    {
        var output = new ByteBuffer(512);
        var consumed = 0;
        SignInStep step;
        do
        {
            step = _signIn!.Feed(window[consumed..], output);
            consumed += step.Consumed;
        }
        while (step is { Status: SignInStatus.NeedMore, Consumed: > 0 });
        _server.Connection.Send(output.Written);
        Follow(step);
        return consumed;
    }

    private void Resume()
    {
        var output = new ByteBuffer(512);
        var step = _signIn!.Resume(output);
        _server.Connection.Send(output.Written);
        Follow(step);
    }

    private void Follow(SignInStep step)
    {
        switch (step.Status)
        {
            case SignInStatus.NeedsTls:
                BeginTls();
                return;
            case SignInStatus.NeedsWork:
                _server.Connection.Pause();
                if (!_server.Loop.Workers.TryRun(new SignInJob(_server.Loop, _signIn!.RunWork, OnWorked),
                    out var refusal))
                    _server.FailLogin(new LoginFailure(LoginFailureKind.Busy, refusal ?? ""));
                return;
            case SignInStatus.Failed:
                FailLogin(_signIn!.Error!);
                return;
            case SignInStatus.Done:
                OnSignedIn();
                return;
        }
    }

    private void OnWorked()
    {
        if (_server.IsClosed)
            return;
        _server.Connection.Resume();
        Resume();
    }

    private void BeginTls()
    {
        _stage = Stage.Securing;
        var config = _server.Pool.Target.Config;
        var context = _protocol.Terms.TargetIdentity(config)?.Current;
        var error = "no TLS is configured towards the target";
        if (context is null || !context.TryNewClientSession(config.Host, out var session, out error))
        {
            _server.FailLogin(new LoginFailure(LoginFailureKind.Refused,
                $"TLS to the target failed: {error}"));
            return;
        }
        _server.Connection.BeginTls(session);
    }

    private void FailLogin(ErrPacket error)
    {
        // Whoever is refused has heard how the server greets, which is all that others may wait for.
        if (_signIn!.Greeting is { } greeting)
        {
            Facts.Greeting ??= greeting;
            _protocol.OnGreeted(_server.Pool.Target);
        }
        // 1040, 1203, 1226: no slot free; 1053, 1129: shutting down, host blocked for now.
        var kind = error.Code is 1040 or 1203 or 1226 ? LoginFailureKind.Full
            : error.Code is 1053 or 1129 ? LoginFailureKind.Busy
            : LoginFailureKind.Refused;
        // Its password may have been changed a moment ago: then another one of the secret is right.
        if (error.Code == AccessDenied && Pool is { IsLookup: false, Account: null }
            && _protocol.Credentials.Find(_server.Pool.Key.User) is { Servers.Length: > 1 }
            && Pool.Choice.TryNext(_secret))
            kind = LoginFailureKind.Outdated;
        _server.FailLogin(new LoginFailure(kind, error.Message, error));
    }

    private void OnSignedIn()
    {
        Pool.Choice.OnTaken();
        _signIn!.Dispose();
        var greeting = _signIn.Greeting!;
        ThreadId = greeting.ConnectionId;
        Session.Capabilities = _signIn.Capabilities;
        Session.Status = _signIn.Status;
        Session.Applied = Beginning(_signIn.Status);
        _signIn = null;
        if (Facts.Greeting?.Version != greeting.Version)
            Facts.IsComplete = false;
        Facts.Greeting = greeting;
        _stage = Stage.Preparing;
        var output = _server.Loop.ToServer;
        Session.Start(new RoleQuestion(), output);
        Session.Start(new SimpleExchange(Command.Query, TrackingQuery.For(Facts).ToArray(), error =>
        {
            if (error is not null)
                _server.FailLogin(new LoginFailure(LoginFailureKind.Refused, error.Message, error));
            else
                RunInitQuery();
        }), output);
        _server.Connection.Send(output.Written);
        output.Clear();
    }

    /// <summary>How each of our connections looks once it is signed in.</summary>
    private StateSet Beginning(ServerStatus status)
    {
        var state = _protocol.States.Empty
            .With(StateNames.CharsetClient, "utf8mb4")
            .With(StateNames.CharsetConnection, "utf8mb4")
            .With(StateNames.CharsetResults, "utf8mb4")
            .With(StateNames.CollationConnection, "utf8mb4_general_ci")
            .With(StateNames.CollationResults, "utf8mb4_general_ci")
            .With(StateNames.MultiStatements, "1")
            .With(StateNames.Autocommit, (status & ServerStatus.Autocommit) != 0 ? "1" : "0");
        var database = _server.Pool.Key.Database;
        return database.Length == 0 ? state : state.With(StateNames.Schema, MySqlProtocol.ToWire(database));
    }

    private void RunInitQuery()
    {
        if (_server.Pool.Policy.InitQuery is not { } init)
        {
            AskFacts();
            return;
        }
        Session.StartNow(new InitExchange(init, error =>
        {
            if (error is not null)
                _server.FailLogin(new LoginFailure(LoginFailureKind.Refused, "InitQuery failed: "
                    + error.Message));
            else
                AskFacts();
        }));
    }

    private void AskFacts()
    {
        if (Facts.IsComplete && _server.Pool.Target.Budget.KnowsServerMax)
            AskCode();
        else
            Session.StartNow(new FactsExchange(_server.Pool.Target, AskCode));
    }

    private void AskCode()
    {
        if (Pool.IsLookup || Pool.Code.IsCurrent(Facts.CodeGeneration) || _server.IsClosed)
            BecomeReady();
        else
            Session.StartNow(new CodeExchange(_server.Pool, _ => BecomeReady()));
    }

    private void BecomeReady()
    {
        if (_server.IsClosed)
            return;
        // The server has added it at the sign-in; a reset takes it away.
        if ((Pool.Capabilities & Capabilities.IgnoreSpace) != 0
            && !Session.Applied.TryGet(StateNames.SqlMode, out _))
            Session.Applied = Session.Applied.With(StateNames.SqlMode, Facts.SqlModeWithIgnoreSpace);
        Pool.Fresh = Session.Applied;
        Pool.FreshStatus = Session.Status;
        _stage = Stage.Ready;
        _server.BecomeReady();
    }
}

/// <param name="IsOwned">A token or a copy, made for one sign-in: whoever signs in wipes it.</param>
/// <param name="Fault">Why there is none, without a secret; null: there is one.</param>
internal readonly record struct ChosenSecret(
    PasswordSecret Secret, bool IsOwned = false, string? Fault = null);
