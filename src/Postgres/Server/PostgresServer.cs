using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.Model;
using Sento.Postgres.Client;
using Sento.Postgres.Replay;
using Sento.Postgres.SignIn;
using Sento.Postgres.Wire;
using Sento.Transport;

namespace Sento.Postgres.Server;

internal enum CleanUpUrgency
{
    /// <summary>The client said goodbye: what it has sent is still done.</summary>
    LetFinish,

    /// <summary>The client vanished: what runs is cancelled.</summary>
    Cancel,
}

/// <summary>
/// One connection to a PostgreSQL server: TLS, sign-in, first questions, clean-up after a client, the
/// end.
/// </summary>
internal sealed class PostgresServer : IServerProtocol
{
    private static readonly TimeSpan CleanUpMax = TimeSpan.FromSeconds(10);

    /// <summary>How long a server may take from its last words to the connection's end.</summary>
    private static readonly TimeSpan FarewellMax = TimeSpan.FromSeconds(5);

    private readonly PostgresProtocol _protocol;
    private readonly ServerConnection _server;
    private Stage _stage;
    private ServerSignIn? _signIn;
    private ServerCredential _credential = ServerCredential.None;

    /// <summary>Made for this sign-in, wiped after it; null: a secret opens the connection.</summary>
    private SecretBytes? _token;

    private PinCause _cleanCauses;
    private bool _isCleaning;
    private bool _cancelIsDue;
    private int _ownGroups;

    public PostgresServer(PostgresProtocol protocol, ServerConnection server)
    {
        _protocol = protocol;
        _server = server;
        Session = new ServerSession(this, server, protocol.Settings.Empty);
    }

    private enum Stage { AwaitsTlsAnswer, Securing, SigningIn, Preparing, Ready }

    public ServerSession Session { get; }

    public ServerConnection Connection => _server;

    public int ProcessId { get; private set; }

    public long? ClientId => Session.Client?.Session.Id;

    public int PreparedStatements => Session.Prepared.Count;

    public byte[] CancelKey { get; private set; } = [];

    /// <summary>The error with which the server has announced that it closes; null: none.</summary>
    public ErrorFields? LastWords { get; private set; }

    private TargetConfig Config => _server.Pool.Target.Config;

    private PoolFacts Facts => PoolFacts.Of(_server.Pool);

    private bool IsRoleUnknown => _server.Pool.Target is { WatchesRole: true, IsReader: null };

    private bool IsReplication =>
        _server.Pool.Key.Variant.StartsWith("replication=", StringComparison.Ordinal);

    public void OnConnected()
    {
        if (Config.Tls is TargetTls.Disable or TargetTls.Allow || _server.Address!.IsUnix)
        {
            BeginSignIn();
            return;
        }
        _stage = Stage.AwaitsTlsAnswer;
        var request = new ByteBuffer(8);
        ClientMessageWriter.SslRequest(request);
        _server.Connection.Send(request.Written);
    }

    public void OnSecured(string? error)
    {
        if (error is null)
            BeginSignIn();
        else
            FailTls(LoginFailureKind.Unreachable, error);
    }

    public int OnReceived(ReadOnlySpan<byte> window) => _stage switch
    {
        Stage.AwaitsTlsAnswer => OnTlsAnswer(window),
        Stage.SigningIn => OnSignIn(window),
        Stage.Securing => throw new ProtocolViolation("the server spoke before TLS was agreed on"),
        _ => Session.OnReceived(window),
    };

    public void OnDrained() => Session.Client?.OnServerDrained();

    public void OnLoginFailed() => _token?.Dispose();

    /// <summary>What its client asked first could be asked elsewhere, if it was not read here.</summary>
    public bool AwaitsEnd => Session is { Client: not null, FirstRequest.Bytes.IsEmpty: false };

    public void OnLost(string why)
    {
        Session.Hub?.OnLost(why);
        var client = Session.Client;
        Session.Client = null;
        if (client is null)
        {
            if (Session.Replies.Count > 0)
                Session.Replies.Head.Exchange?.OnLost();
            return;
        }
        Session.UndoOwed(client);
        var groups = Session.Replies.CountClientGroups(out var isOpen);
        client.Endings.OnServerLost(new ServerLoss
        {
            Why = why,
            LastWords = LastWords,
            IsMidMessage = Session.IsMidMessage,
            GroupsOwed = groups,
            IsGroupOpen = isOpen,
            WasUnused = Session.FirstRequest.IsUnused,
            Unread = IsLastRequestUnread() ? Session.FirstRequest.Bytes : default,
        });
    }

    /// <summary>The server has said why it is about to close the connection.</summary>
    public void OnLastWords(ErrorFields words)
    {
        LastWords = words;
        if (_stage != Stage.Ready)
            FailLogin(words.SqlState ?? "", words.Message ?? "", words);
        else if (Session.Replies.IsQuiet)
            _server.Lose(words.Message ?? "the server ended the connection");
        else
            _server.StartDeadline(FarewellMax);
    }

    /// <summary>
    /// The same, since its client broke the protocol: that client has heard it, and its session ends too.
    /// </summary>
    public void OnSynchronizationLost(ErrorFields words, ClientRelay violator)
    {
        LastWords = words;
        violator.Endings.OnSynchronizationLost();
        _server.Break(EndReason.ServerClosed, words.Message ?? "the client broke the protocol");
    }

    public void SayGoodbye()
    {
        if (_stage < Stage.Preparing || Session.IsCutOff)
            return;
        var goodbye = new ByteBuffer(8);
        ClientMessageWriter.Terminate(goodbye);
        _server.Connection.Send(goodbye.Written);
    }

    public void Ping()
    {
        // A buffer of its own: whoever wants this connection may be building something for another one.
        var output = new ByteBuffer(64);
        Session.Start(new RoleExchange(), output);
        _server.Connection.Send(output.Written);
    }

    /// <summary>
    /// The client has left: whatever it left behind is ended, and the connection goes back or is
    /// closed.
    /// </summary>
    public void CleanUp(CleanUpUrgency urgency, PinCause causes)
    {
        // It closes, and is never used again.
        if (LastWords is not null)
            return;
        _isCleaning = true;
        _cleanCauses = causes;
        _cancelIsDue = urgency == CleanUpUrgency.Cancel && !Session.Replies.IsQuiet;
        if (_cancelIsDue)
            _server.StartDeadline(CleanUpMax);
        if (!Session.Replies.IsQuiet && !Session.Replies.IsGroupOpen)
        {
            // Ends a COPY that waits for data and a group that has no end; harmless where there is neither.
            var output = new ByteBuffer(64);
            ClientMessageWriter.CopyFail(output, "the client has left");
            Session.Replies.Add(new ExpectedReply { Kind = ReplyKind.CopyEnd });
            ClientMessageWriter.Sync(output);
            Session.Replies.Add(new ExpectedReply { Kind = ReplyKind.Sync, Route = ReplyRoute.Swallow });
            _server.Connection.Send(output.Written);
            _ownGroups = 1;
        }
        GoOnCleaning();
    }

    /// <summary>A group was answered whose client is gone, or a cancel has arrived.</summary>
    public void GoOnCleaning()
    {
        if (!_isCleaning || _stage != Stage.Ready)
            return;
        if (Session.Replies.IsQuiet)
        {
            OnQuietAfterClient();
            return;
        }
        // Groups before the last one are not cancelled: a BEGIN that fails would let what stands behind it
        // run
        // outside of its transaction. Sent they are, and so the server runs them, as it would without us.
        var isOpen = Session.Replies.IsGroupOpen;
        if (Session.Replies.GroupsOwed - _ownGroups > (isOpen ? 0 : 1))
            return;
        if (_cancelIsDue)
        {
            _cancelIsDue = false;
            _protocol.SendCancel(_server);
        }
        // A group without its Sync must not be committed by one of ours: only the connection's end undoes it.
        if (isOpen)
            _server.Break(EndReason.ServerNotClean, "the client left before its Sync");
    }

    void IServerProtocol.OnCancelsDone()
    {
        if (_isCleaning)
            GoOnCleaning();
        else if (Session is { Client: { } client, Replies.IsQuiet: true })
            client.OnQuiet();
    }

    /// <summary>Nothing is owed any more and the client is gone.</summary>
    private void OnQuietAfterClient()
    {
        // A cancel on its way must find none of our own statements; when it has arrived we come here again.
        if (_server.CancelsInFlight > 0)
            return;
        _ownGroups = 0;
        _cancelIsDue = false;
        if (Session.TransactionStatus != (byte)'I')
        {
            CleanBy("ROLLBACK"u8);
            return;
        }
        if ((_cleanCauses & PinCauses.Unremovable) != 0 || IsReplication)
        {
            _server.Break(EndReason.ServerNotClean, PinCauses.Explain(_cleanCauses & PinCauses.Unremovable));
            return;
        }
        if (_cleanCauses != PinCause.None)
        {
            _cleanCauses = PinCause.None;
            CleanBy("DISCARD ALL"u8);
            Session.Prepared.Clear();
            Session.Residue = Residue.None;
            Session.SequencesAdvanced = false;
            // What InitQuery had set is gone as well: the next client's own settings bring it back.
            Session.Applied = _protocol.Settings.Empty;
            return;
        }
        _isCleaning = false;
        _server.StopDeadline();
        _server.LastBorrowerId = 0;
        _server.Release();
    }

    private void CleanBy(ReadOnlySpan<byte> sql)
    {
        _server.StartDeadline(CleanUpMax);
        Session.StartNow(new SimpleExchange(sql.ToArray(), (_, failed) =>
        {
            if (failed)
                _server.Break(EndReason.ServerNotClean, "it could not be cleaned after a client");
        }));
    }

    private int OnTlsAnswer(ReadOnlySpan<byte> window)
    {
        // Anything behind the answer came in clear and would be taken for the server's word after the
        // handshake.
        if (window.Length > 1)
            throw new ProtocolViolation("the server sent more than its answer to SSLRequest");
        if (window[0] == (byte)'S')
        {
            BeginTls();
            return 1;
        }
        if (window[0] == (byte)'N' && Config.Tls == TargetTls.Prefer)
        {
            BeginSignIn();
            return 1;
        }
        _server.FailLogin(new LoginFailure(LoginFailureKind.Refused,
            $"The target {Config.Host}:{Config.Port} does not speak TLS, "
            + "which the target's sslmode demands."));
        return 1;
    }

    private void FailTls(LoginFailureKind kind, string error) =>
        _server.FailLogin(new LoginFailure(kind, $"TLS to the target failed: {error}"));

    private void BeginTls()
    {
        _stage = Stage.Securing;
        var context = _protocol.Terms.TargetIdentity(Config)?.Current;
        var error = "no TLS is configured towards the target";
        if (context is null || !context.TryNewClientSession(Config.Host, out var session, out error))
        {
            FailTls(LoginFailureKind.Refused, error);
            return;
        }
        _server.Connection.BeginTls(session);
    }

    private void BeginSignIn()
    {
        _stage = Stage.SigningIn;
        var key = _server.Pool.Key;
        var tls = _server.Connection.Tls;
        if (!TryChooseCredential(key.User, out var fault))
        {
            _server.FailLogin(new LoginFailure(LoginFailureKind.Refused, fault));
            return;
        }
        _signIn = new ServerSignIn(new ServerSignInTerms
        {
            User = key.User,
            Database = key.Database,
            Credential = _credential,
            IsTls = tls is not null || _server.Address!.IsUnix,
            EndPointHash = tls?.ServerEndPointHash ?? default,
            Settings = Facts.StartupSettings,
        });
        Go(output => _signIn.Begin(output));
    }

    /// <summary>What a client has shown of itself, while nothing is configured for its user.</summary>
    private ServerCredential? Shown =>
        Facts.IsLookup || _protocol.Credentials.Find(_server.Pool.Key.User) is null ? Facts.Credential : null;

    /// <param name="fault">Why there is none to choose.</param>
    private bool TryChooseCredential(string user, out string fault)
    {
        fault = "";
        var known = _protocol.Credentials.Find(user);
        if (Shown is null && known is { IsByToken: true })
        {
            _token = _protocol.Terms.TargetTokens?.TryMake(Config, user, out fault);
            _credential = _token is null ? ServerCredential.None : ServerCredential.OfToken(_token);
            return _token is not null;
        }
        _credential = Shown
            ?? (known is null ? ServerCredential.None : Facts.Choice.Current(known.Servers));
        return true;
    }

    private int OnSignIn(ReadOnlySpan<byte> window)
    {
        var output = new ByteBuffer(512);
        var step = _signIn!.Feed(window, output);
        _server.Connection.Send(output.Written);
        Follow(step);
        return step.Consumed;
    }

    private void Go(Func<ByteBuffer, SignInStep> advance)
    {
        var output = new ByteBuffer(512);
        var step = advance(output);
        _server.Connection.Send(output.Written);
        Follow(step);
    }

    private void Follow(SignInStep step)
    {
        switch (step.Status)
        {
            case SignInStatus.NeedsWork:
                var job = new SignInJob(_server.Loop, _signIn!.Work!.Run, OnKeysDerived);
                _server.Connection.Pause();
                if (!_server.Loop.Workers.TryRun(job, out var refusal))
                    _server.FailLogin(new LoginFailure(LoginFailureKind.Busy, refusal ?? ""));
                return;
            case SignInStatus.Failed:
                var error = _signIn!.Error!;
                FailLogin(error.SqlState, error.Message, error.Fields);
                return;
            case SignInStatus.Done:
                OnSignedIn();
                return;
        }
    }

    private void OnKeysDerived()
    {
        if (_server.IsClosed)
            return;
        _server.Connection.Resume();
        Go(output => _signIn!.Resume(output));
    }

    private void FailLogin(string sqlState, string message, ErrorFields? fields)
    {
        // 53xxx: no slot free; 57P03: starting up or shutting down. Both pass by themselves.
        var kind = sqlState.StartsWith("53", StringComparison.Ordinal) ? LoginFailureKind.Full
            : sqlState is "57P03" or "57P01" ? LoginFailureKind.Busy
            : LoginFailureKind.Refused;
        // Its password may have been changed a moment ago: then another one of the secret is right.
        if (sqlState is "28P01" or "28000" && Shown is null
            && _protocol.Credentials.Find(_server.Pool.Key.User) is { Servers.Length: > 1 }
            && Facts.Choice.TryNext(_credential))
            kind = LoginFailureKind.Outdated;
        _server.FailLogin(new LoginFailure(kind, message, fields));
    }

    /// <summary>
    /// It is certain that the server has not read what its client asked last: so it can't have run it.
    /// </summary>
    private bool IsLastRequestUnread() => _server.LastSend switch
    {
        LastSendFate.NotRead => true,
        // The reset alone could be a firewall's; with the server's own farewell before it, it is the
        // server's.
        LastSendFate.Reset => LastWords is not null,
        // idle_session_timeout strikes only while the server waits for a command.
        _ => LastWords?.SqlState == "57P05",
    };

    private void OnSignedIn()
    {
        var reported = _protocol.Settings.Empty;
        foreach (var parameter in _signIn!.Parameters)
        {
            var value = System.Text.Encoding.Latin1.GetString(parameter.Value.Span);
            reported = reported.With(parameter.Name, value);
        }
        ProcessId = _signIn.ProcessId;
        CancelKey = _signIn.Key.ToArray();
        _signIn = null;
        _token?.Dispose();
        Facts.Choice.OnTaken();
        Session.Reported = reported;
        _stage = Stage.Preparing;
        Prepare(Preparation.InitQuery);
    }

    private enum Preparation { InitQuery, InitSettings, Facts, Done }

    /// <summary>
    /// What a new connection does before it is lent: InitQuery, and questions whose answers are missing
    /// or old.
    /// </summary>
    private void Prepare(Preparation next)
    {
        var init = _server.Pool.Policy.InitQuery;
        if (next == Preparation.InitQuery && init is not null && !IsReplication)
        {
            Session.StartNow(new SimpleExchange(System.Text.Encoding.UTF8.GetBytes(init), (error, failed) =>
            {
                if (failed)
                    _server.FailLogin(
                        new LoginFailure(LoginFailureKind.Refused, $"InitQuery failed: {error?.Message}"));
                else
                    Prepare(Preparation.InitSettings);
            }));
            return;
        }
        if (next == Preparation.InitSettings)
        {
            Session.StartNow(new InitSettingsExchange(init!, settings =>
            {
                foreach (var (name, value) in settings)
                    Session.Applied = Session.Applied.With(name, value);
                Prepare(Preparation.Facts);
            }));
            return;
        }
        if (next < Preparation.Done && !IsReplication
            && (!_server.Pool.Target.Budget.KnowsServerMax || Facts.IsCatalogStale || IsRoleUnknown))
        {
            Session.StartNow(new FactsExchange(_server.Pool, () => Prepare(Preparation.Done)));
            return;
        }
        if (_server.IsClosed)
            return;
        Facts.OnSignedIn(Session.Reported, Session.Applied);
        _stage = Stage.Ready;
        _server.BecomeReady();
    }
}
