using System.Security.Cryptography;
using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Session;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.SignIn;
using Sento.Postgres.Wire;
using Sento.Transport.Tls;

namespace Sento.Postgres.Client;

/// <summary>
/// A client's life: start-up, TLS, sign-in, its first parameters; then its <see cref="ClientRelay"/>.
/// </summary>
internal sealed class PostgresClient(PostgresProtocol protocol, ClientSession session) : IClientProtocol
{
    private Stage _stage;
    private StartupReader? _startup = new();
    private StartupParameters? _parameters;
    private ClientSignIn? _signIn;
    private bool _isAtWorker;
    private FirstParameters? _first;
    private ClientRelay? _relay;
    private int _processId;
    private byte[] _cancelKey = [];
    private bool _leftPolitely;

    private enum Stage : byte { Startup, Securing, SigningIn, Working, AwaitsParameters, Ready, Ended }

    public PostgresProtocol Protocol => protocol;

    public ClientSession Session => session;

    public ClientRelay? Relay => _relay;

    /// <summary>What the client was told in BackendKeyData; 0: nothing yet.</summary>
    public int ProcessId => _processId;

    public bool IsInTransaction => _relay is { IsInTransaction: true };

    public bool IsBusy => _relay is null ? _stage is not (Stage.Startup or Stage.SigningIn) : _relay.IsBusy;

    public bool IsPinned => _relay is { Pins.IsPinned: true };

    public PinFacts Pin => _relay!.Pins.Facts;

    public string? ApplicationName =>
        _relay is not null && _relay.State.Told.TryGet("application_name", out var name) ? name : null;

    public long? ServerId => _relay?.Server?.Connection.Id;

    /// <summary>The client speaks first.</summary>
    public void OnStarted()
    {
    }

    public int OnReceived(ReadOnlySpan<byte> window)
    {
        switch (_stage)
        {
            case Stage.Ready:
                return _relay!.OnReceived(window);
            case Stage.Startup:
                return OnStartup(window);
            case Stage.SigningIn:
                return OnSignIn(window);
            default:
                // It speaks before it is asked: bounded, and kept until its turn comes.
                if (window.Length > Limits.SignInBytesMax)
                    session.Connection.Pause();
                return 0;
        }
    }

    public void OnSecured(string? error)
    {
        if (error is not null)
        {
            session.Proxy.Report.OnSignInFailed(session, $"the TLS handshake failed: {error}");
            session.End(new Goodbye(EndReason.ClientRefusedSignIn, ""));
            return;
        }
        session.IsTls = true;
        _stage = Stage.Startup;
    }

    public void OnBorrowed(ServerConnection server)
    {
        if (_stage == Stage.Ready) _relay!.OnBorrowed(server);
        else _first!.OnBorrowed(server);
    }

    public void OnBorrowFailed(BorrowFailure failure)
    {
        if (_stage == Stage.Ready) _relay!.OnBorrowFailed(failure);
        else _first!.OnBorrowFailed(failure);
    }

    public void OnServerDrained() => _relay?.OnServerDrained();

    public void OnClientDrained() => _relay?.OnClientDrained();

    public void SayGoodbye(Goodbye goodbye)
    {
        _leftPolitely = goodbye.Reason == EndReason.ClientTerminated;
        if (goodbye.Reason is EndReason.ClientTerminated or EndReason.ClientVanished
            || _stage == Stage.Securing || goodbye.Message.Length == 0)
            return;
        // Half a row has gone out: any word of ours would be taken for its rest.
        if (_relay?.Server is { IsMidMessage: true })
            return;
        var error = new ByteBuffer(256);
        Errors.Write(error, goodbye, session.IsSignedIn);
        session.Connection.Send(error.Written);
    }

    public void OnEnded()
    {
        _stage = Stage.Ended;
        if (_processId != 0)
            protocol.Unregister(_processId);
        if (!_isAtWorker)
            _signIn?.Dispose();
        _first?.OnEnded();
        _relay?.Endings.OnEnded(_leftPolitely);
    }

    /// <summary>Constant time: a guess must not learn how much of it was right.</summary>
    public bool HasCancelKey(ReadOnlySpan<byte> key) =>
        CryptographicOperations.FixedTimeEquals(_cancelKey, key);

    public void Cancel(Action done)
    {
        if (_relay is null) done();
        else _relay.Endings.Cancel(done);
    }

    /// <summary>
    /// The session's parameters are known: the client is told, and its statements may come.
    /// </summary>
    public void Begin(TargetPool pool, SettingsSet baseline, SettingsSet reported)
    {
        _first = null;
        (_processId, _cancelKey) = protocol.Register(this, _parameters!.Minor);
        var output = new ByteBuffer(1024);
        LongApplicationName.WriteNotices(output, _parameters.Settings);
        foreach (var (name, value) in reported.Items)
            MessageWriter.ParameterStatus(output, name, value);
        MessageWriter.BackendKeyData(output, _processId, _cancelKey);
        MessageWriter.ReadyForQuery(output, (byte)'I');
        _parameters = null;
        _relay = new ClientRelay(session, pool, protocol.Registry, new ClientState(baseline, reported));
        _stage = Stage.Ready;
        session.CompleteSignIn();
        session.Connection.Send(output.Written);
        session.Connection.Resume();
        session.Connection.Redeliver();
    }

    private int OnStartup(ReadOnlySpan<byte> window)
    {
        var consumed = 0;
        while (_stage == Stage.Startup)
        {
            var rest = window[consumed..];
            var verdict = _startup!.Read(rest, session.IsTls);
            if (verdict is StartupVerdict.NeedMore)
                return consumed;
            consumed += verdict.Consumed;
            switch (verdict)
            {
                case StartupVerdict.TlsHello:
                    if (!StartTls(TlsAlpn.Required, rest))
                        session.End(new Goodbye(EndReason.ClientRefusedSignIn, ""));
                    return window.Length;
                case StartupVerdict.SslRequest:
                    OnSslRequest(window.Length - consumed);
                    return window.Length;
                case StartupVerdict.GssEncRequest:
                    session.Connection.Send("N"u8);
                    break;
                case StartupVerdict.CancelRequest cancel:
                    _stage = Stage.Working;
                    if (session.Counters is { } counters)
                        counters.CancelRequests++;
                    protocol.Cancel(cancel.ProcessId, cancel.Key,
                        () => session.End(new Goodbye(EndReason.ClientTerminated, "")));
                    return window.Length;
                case StartupVerdict.Refuse refuse:
                    Refuse(refuse.IsSilent ? null : refuse.Error);
                    return window.Length;
                case StartupVerdict.Startup startup:
                    _startup = null;
                    BeginSignIn(startup.Parameters);
                    return consumed;
            }
        }
        return consumed;
    }

    private void OnSslRequest(int bytesBehind)
    {
        if (protocol.Terms.Identity is null)
        {
            session.Connection.Send("N"u8);
            return;
        }
        // What came in clear behind the request would be taken for the client's word after the handshake.
        if (bytesBehind > 0)
        {
            Refuse(new SignInError("08P01", "received unencrypted data after SSL request",
                "This could be either a client-software bug or evidence of an attempted"
                + " man-in-the-middle attack."));
            return;
        }
        session.Connection.Send("S"u8);
        StartTls(TlsAlpn.Optional, default);
    }

    private bool StartTls(TlsAlpn alpn, ReadOnlySpan<byte> early)
    {
        if (protocol.Terms.Identity is not { } identity)
            return false;
        _stage = Stage.Securing;
        session.Connection.AcceptTls(identity.Current.NewServerSession(alpn), early);
        return true;
    }

    private void BeginSignIn(StartupParameters parameters)
    {
        _parameters = parameters;
        var target = session.Proxy.TargetFor(session.Endpoint);
        var database = parameters.Database ?? target.Config.DefaultDatabase ?? parameters.User;
        session.Identify(parameters.User, database);
        if (session.Proxy.RefuseClient(parameters.User) is { } refusal)
        {
            session.End(refusal);
            return;
        }
        var config = session.Proxy.Config;
        if (config.RequireTLS && !session.IsTls && !session.Peer.IsUnix)
        {
            session.Proxy.Report.OnSignInFailed(session,
                "RequireTLS is true, and the client came without TLS");
            Refuse(new SignInError("28000", "This RDS Proxy requires TLS connections",
                null, "RequireTLS of this proxy is true: connect with sslmode=require or stronger."));
            return;
        }
        var output = new ByteBuffer(256);
        parameters.WriteNegotiation(output);
        session.Connection.Send(output.Written);
        if (protocol.Credentials.Find(parameters.User) is null && config.AuthQuery is not null)
        {
            _stage = Stage.Working;
            protocol.RoleLookup.Find(this, parameters.User, target, OnRoleFound);
            return;
        }
        StartConversation(protocol.Credentials.Find(parameters.User)?.Client);
    }

    private void OnRoleFound(PasswordVerifier? verifier)
    {
        if (session.IsEnded)
            return;
        StartConversation(verifier is null ? null : new ClientCredential.Stored(verifier));
    }

    private void StartConversation(ClientCredential? credential)
    {
        var credentials = protocol.Credentials;
        var user = _parameters!.User;
        var tls = session.Connection.Tls;
        var peer = tls?.ReadPeer();
        var unknown = session.Proxy.Config.AuthQuery is null ? UnknownKind.Password : UnknownKind.Stored;
        _signIn = new ClientSignIn(new ClientSignInTerms
        {
            Method = credentials.Find(user)?.Method ?? MethodOfRoles,
            User = user,
            Credential = credential ?? new ClientCredential.Unknown(unknown),
            Mock = credentials.Verifiers.Salts.MockOf(user, credentials.Verifiers.Iterations),
            Tokens = TokensOf(user),
            IsTls = tls is not null,
            IsLocal = session.Peer.IsLocal,
            EndPointHash = tls?.ServerEndPointHash ?? default,
            CertificateName = peer is { IsVerified: true } ? peer.CommonName : null,
        });
        _stage = Stage.SigningIn;
        var output = new ByteBuffer(256);
        var step = _signIn.Begin(output);
        Follow(step, output);
        session.Connection.Redeliver();
    }

    /// <summary>
    /// Roles that no secret names prove what their verifier is of, SCRAM or MD5: PostgreSQL's method md5.
    /// </summary>
    private ClientSignInMethod MethodOfRoles =>
        protocol.Credentials.CommonMethod is ClientSignInMethod.ScramSha256
            && session.Proxy.Config.AuthQuery is not null
            ? ClientSignInMethod.Md5
            : protocol.Credentials.CommonMethod;

    private int OnSignIn(ReadOnlySpan<byte> window)
    {
        var output = new ByteBuffer(256);
        var step = _signIn!.Feed(window, output);
        Follow(step, output);
        return step.Consumed;
    }

    private void Follow(SignInStep step, ByteBuffer output)
    {
        session.Connection.Send(output.Written);
        switch (step.Status)
        {
            case SignInStatus.Failed:
                // The error is on its way already: nothing more may be said.
                session.Proxy.Report.OnSignInFailed(session, _signIn!.Failure.ToString());
                session.End(new Goodbye(EndReason.ClientRefusedSignIn, ""));
                return;
            case SignInStatus.NeedsWork:
                if (_signIn!.Work is TokenCheck check)
                    JudgeToken(check);
                else
                    RunWork((SignIn.Scram.KeyDerivation)_signIn.Work!);
                return;
            case SignInStatus.Done:
                OnAuthenticated();
                return;
        }
    }

    private TokenUse TokensOf(string user)
    {
        if (protocol.Credentials.Find(user) is { } known)
            return known.Tokens;
        // Who was looked up in the database proves a password.
        return session.Proxy.Config.AuthQuery is null ? protocol.Credentials.CommonTokens : TokenUse.None;
    }

    /// <summary>At once, in about 40 microseconds; or when somebody else has been asked.</summary>
    private void JudgeToken(TokenCheck check)
    {
        var question = new TokenQuestion(
            check.Token, session.User, session.Endpoint.Name, session.Id, session.Peer.Text);
        void Later(Func<TokenAnswer> finish) => session.Loop.Post(() => OnJudgedLater(check, finish));
        if (protocol.Terms.Tokens is not { } tokens)
            OnJudged(check, default);
        else if (tokens.Verify(question, Later) is { } answer)
            OnJudged(check, answer);
        else
        {
            _stage = Stage.Working;
            session.Connection.Pause();
        }
    }

    private void OnJudgedLater(TokenCheck check, Func<TokenAnswer> finish)
    {
        if (GoesOn())
            OnJudged(check, finish());
    }

    /// <summary>What the sign-in waited for is there; false: the client is not.</summary>
    private bool GoesOn()
    {
        if (session.IsEnded)
            return false;
        _stage = Stage.SigningIn;
        session.Connection.Resume();
        return true;
    }

    private void OnJudged(TokenCheck check, TokenAnswer answer)
    {
        session.Principal = answer.Principal;
        session.IsTokenRefused = answer.Verdict != TokenVerdict.Accepted;
        check.Decide(answer.Verdict);
        var output = new ByteBuffer(256);
        Follow(_signIn!.Resume(output), output);
    }

    private void RunWork(SignIn.Scram.KeyDerivation work)
    {
        _stage = Stage.Working;
        session.Connection.Pause();
        _isAtWorker = session.Loop.Workers.TryRun(
            new SignInJob(session.Loop, work.Run, OnWorked), out var refusal);
        if (!_isAtWorker)
            session.End(new Goodbye(EndReason.TooManyClients, refusal ?? "too many sign-ins at once"));
    }

    private void OnWorked()
    {
        _isAtWorker = false;
        if (!GoesOn())
        {
            _signIn!.Dispose();
            return;
        }
        var output = new ByteBuffer(256);
        Follow(_signIn!.Resume(output), output);
    }

    private void OnAuthenticated()
    {
        var keys = _signIn!.Keys;
        _signIn.Dispose();
        _signIn = null;
        _stage = Stage.AwaitsParameters;
        var parameters = _parameters!;
        if (session.Principal is { } principal && session.Proxy.Config.ShowPrincipal)
            parameters = parameters with { Settings = ShownPrincipal.AddTo(parameters.Settings, principal) };
        _first = new FirstParameters(this, parameters);
        _first.Find(protocol.RoleLookup.CredentialOf(session.User, keys));
    }

    private void Refuse(SignInError? error)
    {
        if (error is not null)
        {
            var output = new ByteBuffer(256);
            error.Write(output);
            session.Connection.Send(output.Written);
        }
        session.End(new Goodbye(EndReason.ClientRefusedSignIn, ""));
    }
}
