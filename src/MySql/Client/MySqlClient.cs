using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Session;
using Sento.MySql.Compression;
using Sento.MySql.Server;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;
using Sento.Transport.Tls;

namespace Sento.MySql.Client;

/// <summary>
/// A client's life: greeting, TLS, sign-in, its first server connection; then its <see
/// cref="ClientRelay"/>.
/// </summary>
internal sealed class MySqlClient(MySqlProtocol protocol, ClientSession session) : IClientProtocol
{
    private Stage _stage;
    private uint _id;
    private byte _sequence = 1;
    private byte[] _salt = [];
    private string _plugin = "";
    private string? _program;
    private HandshakeResponse? _response;
    private ClientSignIn? _signIn;
    private ClientRelay? _relay;
    private TargetPool? _checked;
    private FoundAccount? _account;
    private bool _isAtWorker;
    private bool _isCompressed;

    private enum Stage : byte { AwaitsTarget, AwaitsResponse, Securing, SigningIn, Working, Checking, Ready,
        Ended }

    public MySqlProtocol Protocol => protocol;

    public ClientSession Session => session;

    public bool IsInTransaction => _relay is { IsInTransaction: true };

    public bool IsBusy => _stage == Stage.Ready ? _relay!.IsBusy
        : _stage is not (Stage.AwaitsResponse or Stage.SigningIn);

    public bool IsUnfinished => _relay is { Statements.KeepsServer: true };

    public bool IsPinned => _relay is { Pins.IsPinned: true };

    public PinFacts Pin => _relay!.Pins.Facts;

    public string? ApplicationName => _program;

    public long? ServerId => _relay?.Server?.Connection.Id;

    /// <summary>Null: not signed in, or about to sign in once more.</summary>
    public ClientRelay? Relay => _relay;

    private string Host => session.Peer.Host;

    public void OnStarted()
    {
        var target = session.Proxy.TargetFor(session.Endpoint);
        _target = target;
        if (TargetFacts.Of(target).Greeting is not null)
            Greet();
        else
            protocol.Learn(target, session, OnLearnt);
    }

    private Target? _target;

    public int OnReceived(ReadOnlySpan<byte> window)
    {
        switch (_stage)
        {
            case Stage.Ready:
                return _relay!.OnReceived(window);
            case Stage.AwaitsResponse:
                return OnResponse(window);
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
            session.End(new Goodbye(EndReason.ClientRefusedSignIn, $"The TLS handshake failed: {error}"));
            return;
        }
        session.IsTls = true;
        _stage = Stage.AwaitsResponse;
    }

    public void OnBorrowed(ServerConnection server)
    {
        if (_stage == Stage.Ready)
        {
            _relay!.OnBorrowed(server);
            return;
        }
        server.LastBorrowerId = 0;
        server.Release();
        Begin(_checked!);
    }

    public void OnBorrowFailed(BorrowFailure failure)
    {
        if (_stage == Stage.Ready)
            _relay!.OnBorrowFailed(failure);
        else if (failure.Kind == BorrowFailureKind.Moved)
            Check();
        else
            Refuse(Errors.Of(failure));
    }

    public void OnServerDrained() => _relay?.OnServerDrained();

    public void OnClientDrained() => _relay?.OnClientDrained();

    public void SayGoodbye(Goodbye goodbye)
    {
        if (goodbye.Reason is EndReason.ClientTerminated or EndReason.ClientVanished
            || _stage == Stage.Securing
            || goodbye.Message.Length == 0)
            return;
        if ((_relay is null ? _sequence : _relay.PlaceForError) is not { } sequence)
            return;
        var error = new ByteBuffer(256);
        Errors.Of(goodbye).Write(error, sequence);
        session.Connection.Send(error.Written);
    }

    public void OnEnded()
    {
        _stage = Stage.Ended;
        if (_id != 0)
            protocol.Unregister(_id);
        if (!_isAtWorker)
            _signIn?.Dispose();
        _relay?.OnEnded();
    }

    /// <inheritdoc cref="KillRequest"/>
    public void Kill(uint target, bool isQueryOnly) => KillRequest.Begin(this, target, isQueryOnly);

    /// <summary>
    /// COM_CHANGE_USER: everything of the session ends, and a sign-in begins on the same connection.
    /// </summary>
    /// <returns>Bytes done with; 0: not now.</returns>
    public int ChangeUser(ReadOnlySpan<byte> argument, PacketHeader header)
    {
        var agreement = _relay!.Agreement;
        var request = ChangeUserRequest.Read(argument, agreement);
        // As it was chosen by COM_SET_OPTION.
        var takesSeveral = _relay.State.TakesSeveral ? Capabilities.MultiStatements : Capabilities.None;
        request = request with
        {
            Capabilities = request.Capabilities & ~Capabilities.MultiStatements | takesSeveral,
        };
        _relay.Flush();
        _relay.OnEnded();
        _relay = null;
        session.ChangeUser(request.User, request.Database.Length > 0 ? request.Database : "");
        _response = request;
        _sequence = 1;
        BeginSignIn();
        return header.TotalBytes;
    }

    private void OnLearnt(ErrPacket? error)
    {
        if (session.IsEnded)
            return;
        if (error is null)
        {
            OnStarted();
            return;
        }
        _sequence = 0;
        Refuse(error);
    }

    private void Greet()
    {
        var real = TargetFacts.Of(_target!).Greeting!;
        _id = protocol.Register(this);
        _salt = PasswordProof.NewSalt();
        var greeting = ClientGreeting.Of(real, protocol, _id, _salt);
        _plugin = greeting.Plugin;
        var output = new ByteBuffer(256);
        greeting.Write(output);
        _stage = Stage.AwaitsResponse;
        session.Connection.Send(output.Written);
    }

    private int OnResponse(ReadOnlySpan<byte> window)
    {
        if (!SignInPacket.TryRead(window, _sequence, out var payload, out var totalBytes))
            return 0;
        _sequence++;
        var response = HandshakeResponse.Read(payload);
        if (response.IsSslRequest)
            return StartTls(totalBytes, window);
        _response = ClientGreeting.Agree(response, TargetFacts.Of(_target!).Greeting!);
        var database = response.Database.Length > 0 ? response.Database : _target!.Config.DefaultDatabase
            ?? "";
        if (response.User.Length == 0)
        {
            Refuse(Errors.AccessDenied("", Host, response.Proof.Length > 0));
            return totalBytes;
        }
        session.Identify(response.User, database);
        BeginSignIn();
        return totalBytes;
    }

    private int StartTls(int totalBytes, ReadOnlySpan<byte> window)
    {
        if (protocol.Terms.Identity is not { } identity)
            throw new ProtocolViolation("Bad handshake");
        _stage = Stage.Securing;
        // A client may send its hello right behind: that is TLS already, and never taken for plain bytes.
        session.Connection.AcceptTls(identity.Current.NewServerSession(TlsAlpn.Optional),
            window[totalBytes..]);
        return window.Length;
    }

    private void BeginSignIn()
    {
        _program = _response!.ProgramName ?? _program;
        if (session.Proxy.RefuseClient(session.User) is { } refusal)
        {
            session.End(refusal);
            return;
        }
        if (session.Proxy.Config.RequireTLS && !session.IsTls && !session.Peer.IsUnix)
        {
            session.Proxy.Report.OnSignInFailed(
                session, "RequireTLS is true, and the client came without TLS");
            Refuse(Errors.TlsRequired);
            return;
        }
        _account = null;
        if (protocol.Credentials.Find(session.User) is null && session.Proxy.Config.AuthQuery is not null)
        {
            _stage = Stage.Working;
            protocol.Accounts.Find(session, _target!, OnAccountFound);
            return;
        }
        StartConversation();
    }

    private void OnAccountFound(FoundAccount account)
    {
        if (session.IsEnded)
            return;
        _account = account;
        StartConversation();
    }

    private void StartConversation()
    {
        var credentials = protocol.Credentials;
        var entry = (_account is null ? credentials.Find(session.User) : null) ?? credentials.Unknown;
        _signIn = new ClientSignIn(new ClientSignInTerms
        {
            Response = _response!,
            GreetingPlugin = _plugin,
            GreetingSalt = _salt,
            Account = _account?.Verifier,
            Proven = _account?.Proven,
            UnknownBecause = _account?.Fault,
            Plugin = entry.Plugin,
            Secrets = entry.Clients,
            Tokens = _account is null ? entry.Tokens : TokenUse.None,
            IsByToken = entry.IsByToken,
            IsByCertificate = entry.IsByCertificate && _account is null,
            Certificate = session.Connection.Tls?.ReadPeer(),
            Decoy = credentials.Decoy,
            Key = credentials.Key,
            ParsecTerms = credentials.ParsecTerms,
            IsPrivate = session.IsTls || session.Peer.IsUnix,
            IsTls = session.IsTls,
            Sequence = _sequence,
        });
        _stage = Stage.SigningIn;
        var output = new ByteBuffer(256);
        Follow(_signIn.Begin(output), output);
        session.Connection.Redeliver();
    }

    private int OnSignIn(ReadOnlySpan<byte> window)
    {
        var output = new ByteBuffer(512);
        var step = _signIn!.Feed(window, output);
        Follow(step, output);
        if (step.Consumed > 0)
            session.Connection.Redeliver();
        return step.Consumed;
    }

    private void Follow(SignInStep step, ByteBuffer output)
    {
        session.Connection.Send(output.Written);
        _sequence = _signIn!.Sequence;
        switch (step.Status)
        {
            case SignInStatus.Failed:
                session.Proxy.Report.OnSignInFailed(session, _signIn.Failure);
                Refuse(Errors.Of(_signIn.Refusal)
                    ?? Errors.AccessDenied(session.User, Host, _signIn.HasProof));
                return;
            case SignInStatus.NeedsWork when _signIn.Token is { } token:
                JudgeToken(token);
                return;
            case SignInStatus.NeedsWork:
                _stage = Stage.Working;
                session.Connection.Pause();
                _isAtWorker = session.Loop.Workers.TryRun(
                    new SignInJob(session.Loop, _signIn.RunWork, OnWorked), out var why);
                if (!_isAtWorker)
                    session.End(new Goodbye(EndReason.TooManyClients, why ?? "too many sign-ins at once"));
                return;
            case SignInStatus.Done:
                OnAuthenticated();
                return;
        }
    }

    /// <summary>At once, in about 40 microseconds; or when somebody else has been asked.</summary>
    private void JudgeToken(SecretBytes token)
    {
        var question = new TokenQuestion(
            token, session.User, session.Endpoint.Name, session.Id, session.Peer.Text);
        if (protocol.Terms.Tokens is not { } tokens)
            OnJudged(default);
        else if (tokens.Verify(question, end => session.Loop.Post(() => OnJudgedLater(end))) is { } answer)
            OnJudged(answer);
        else
        {
            _stage = Stage.Working;
            session.Connection.Pause();
        }
    }

    private void OnJudgedLater(Func<TokenAnswer> finish)
    {
        if (GoesOn())
            OnJudged(finish());
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

    private void OnJudged(TokenAnswer answer)
    {
        session.Principal = answer.Principal;
        session.IsTokenRefused = answer.Verdict != TokenVerdict.Accepted;
        Follow(_signIn!.Decide(answer.Verdict), new ByteBuffer(8));
    }

    private void OnWorked()
    {
        _isAtWorker = false;
        if (GoesOn())
            Follow(_signIn!.Resume(), new ByteBuffer(8));
        else
            _signIn!.Dispose();
    }

    private void OnAuthenticated()
    {
        if (_signIn!.TakeProven() is { } proven)
            protocol.Accounts.Keep(session.User, _account!, proven);
        _signIn.Dispose();
        _signIn = null;
        Check();
    }

    /// <summary>Does the target let this user in?</summary>
    private void Check()
    {
        var response = _response!;
        // It may have gone since the greeting.
        _target = session.Proxy.TargetFor(session.Endpoint, _target);
        var pool = PoolFacts.PoolFor(
            _target!, session.Database, protocol.Credentials.Find(session.User)?.ServerUser ?? session.User,
            response.Capabilities, response.MariaDb,
            session.Proxy.Config.ShowPrincipal ? session.Principal : null, _account?.Host);
        if (PoolFacts.Of(pool).Fresh is not null)
        {
            Begin(pool);
            return;
        }
        // Whether the target lets this user into this schema only the target can say.
        _checked = pool;
        _stage = Stage.Checking;
        if (session.Borrow(pool) is { } server)
            OnBorrowed(server);
    }

    private void Begin(TargetPool pool)
    {
        var response = _response!;
        var facts = TargetFacts.Of(_target!);
        var pooled = PoolFacts.Of(pool);
        var baseline = SessionBeginning.Of(pooled.Fresh!, facts, response, isChange: session.IsSignedIn);
        var agreement = new ClientAgreement(
            response.Capabilities, response.MariaDb, facts.IsMariaDb);
        _relay = new ClientRelay(this, pool, new ClientState(baseline, facts), agreement)
        {
            Status = pooled.FreshStatus & ServerStatus.Lasting,
        };
        _response = null;
        _checked = null;
        _stage = Stage.Ready;
        if (!session.IsSignedIn)
            session.CompleteSignIn();
        var output = new ByteBuffer(32);
        var schema = response.Database.Length > 0 ? agreement.SchemaChosen(response.Database) : default;
        new OkPacket { Header = Reply.Ok, Status = _relay.Status }.Write(output, _sequence, schema);
        session.Connection.Send(output.Written);
        Compress(response.Capabilities);
        session.Connection.Resume();
        session.Connection.Redeliver();
    }

    /// <summary>Behind the OK of the first sign-in everything is compressed that was agreed to be.</summary>
    private void Compress(Capabilities agreed)
    {
        if (_isCompressed || (agreed & (Capabilities.Compress | Capabilities.ZstdCompress)) == 0)
            return;
        _isCompressed = true;
        session.Connection.Encode(new CompressedPackets((agreed & Capabilities.Compress) != 0
            ? ZlibCompression.Instance : ZstdCompression.Instance));
    }

    private void Refuse(ErrPacket error)
    {
        var output = new ByteBuffer(256);
        error.Write(output, _sequence);
        session.Connection.Send(output.Written);
        session.End(new Goodbye(EndReason.ClientRefusedSignIn, ""));
    }
}
