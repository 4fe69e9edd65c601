using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;
using Sento.Postgres.Wire;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

/// <summary>Both sides of a sign-in, talking to each other in pieces of any size.</summary>
internal sealed class SignInTalk
{
    public const string User = "alice";

    public static readonly ScramSalts Salts = new("0123456789abcdef"u8);

    private readonly int _pieceBytes;
    private readonly ByteBuffer _toServer = new();
    private readonly ByteBuffer _toClient = new();
    private int _serverSeen;
    private int _clientSeen;
    private int _serverShown;
    private int _clientShown;

    public SignInTalk(ClientSignInTerms terms, ServerSignInTerms dialing, int pieceBytes = int.MaxValue)
    {
        _pieceBytes = pieceBytes;
        Server = new ClientSignIn(terms);
        Client = new ServerSignIn(dialing);
    }

    /// <summary>What we are towards clients.</summary>
    public ClientSignIn Server { get; }

    /// <summary>What we are towards servers.</summary>
    public ServerSignIn Client { get; }

    public SignInStatus ServerStatus { get; private set; }

    public SignInStatus ClientStatus { get; private set; }

    public byte[] SentToClient => _toClient.Written.ToArray();

    public static ClientSignInTerms Terms(
        ClientSignInMethod method, ClientCredential credential, bool isTls = true) => new()
        {
            Method = method,
            User = User,
            Credential = credential,
            Mock = Salts.MockOf(User, 2),
            IsTls = isTls,
            EndPointHash = isTls ? new byte[] { 1, 2, 3 } : default,
        };

    /// <summary>A known user whose password may or must be a token.</summary>
    public static ClientSignInTerms TokenTerms(
        ClientSignInMethod method, TokenUse tokens = TokenUse.Required, bool isTls = true) =>
        Terms(method, Known("secret"), isTls) with { Tokens = tokens };

    public static ServerSignInTerms Dialing(string password, bool isTls = true) => new()
    {
        User = User,
        Database = "d",
        Credential = ServerCredential.Of(SecretBytes.FromText(password), new ScramKeyCache()),
        IsTls = isTls,
        EndPointHash = isTls ? new byte[] { 1, 2, 3 } : default,
    };

    public static ClientCredential Known(string password, int iterations = 2)
    {
        var secret = SecretBytes.FromText(password);
        return new ClientCredential.Password(
            secret, ScramVerifier.FromPassword(secret.Span, Salts.SaltOf(User), iterations));
    }

    public static ClientCredential Stored(string password)
    {
        var verifier = ScramVerifier.FromPassword(
            System.Text.Encoding.UTF8.GetBytes(password), Salts.SaltOf(User), 2);
        return new ClientCredential.Stored(new PasswordVerifier.Scram(verifier));
    }

    public static ClientCredential StoredMd5(string password) => new ClientCredential.Stored(
        new PasswordVerifier.Md5(Md5Password.Verifier(System.Text.Encoding.UTF8.GetBytes(password), User)));

    /// <summary>Until one side fails or both are done.</summary>
    public SignInTalk Run()
    {
        Assert.Equal(SignInStatus.NeedMore, Client.Begin(_toServer).Status);
        var packet = _toServer.Written;
        Assert.IsType<StartupVerdict.Startup>(new StartupReader().Read(packet, isTls: true));
        _serverSeen = _serverShown = packet.Length;
        ServerStatus = Server.Begin(_toClient).Status;
        Settle();
        while (ServerStatus != SignInStatus.Failed && ClientStatus == SignInStatus.NeedMore)
        {
            var before = (_serverShown, _clientShown);
            ShowServer();
            ShowClient();
            Assert.NotEqual(before, (_serverShown, _clientShown));
        }
        return this;
    }

    private void ShowServer()
    {
        if (ServerStatus != SignInStatus.NeedMore)
            return;
        _serverShown = (int)Math.Min(_toServer.Length, (long)_serverShown + _pieceBytes);
        var step = Server.Feed(_toServer.Written[_serverSeen.._serverShown], _toClient);
        _serverSeen += step.Consumed;
        ServerStatus = step.Status;
        if (step.Status == SignInStatus.NeedsWork)
            Work();
        Settle();
    }

    private void Work()
    {
        if (Server.Work is KeyDerivation derivation)
            derivation.Run();
        else
            {
            var check = (TokenCheck)Server.Work!;
            check.Decide(
                check.Token.FixedTimeEquals("token"u8) ? TokenVerdict.Accepted : TokenVerdict.Refused);
        }
        ServerStatus = Server.Resume(_toClient).Status;
    }

    /// <summary>What a server says once the client is in.</summary>
    private void Settle()
    {
        if (ServerStatus != SignInStatus.Done)
            return;
        MessageWriter.ParameterStatus(_toClient, "server_version", "18.0");
        MessageWriter.BackendKeyData(_toClient, 42, [1, 2, 3, 4]);
        MessageWriter.ReadyForQuery(_toClient, (byte)'I');
    }

    private void ShowClient()
    {
        _clientShown = (int)Math.Min(_toClient.Length, (long)_clientShown + _pieceBytes);
        var step = Client.Feed(_toClient.Written[_clientSeen.._clientShown], _toServer);
        _clientSeen += step.Consumed;
        ClientStatus = step.Status;
        while (ClientStatus == SignInStatus.NeedsWork)
        {
            Client.Work!.Run();
            ClientStatus = Client.Resume(_toServer).Status;
        }
    }
}
