using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>One connection of a <see cref="FakePostgresServer"/>, played by a test.</summary>
public sealed class FakeConnection : IDisposable
{
    private const int TlsCode = (1234 << 16) | 5679;
    private const int GssCode = (1234 << 16) | 5680;
    private const int CancelCode = (1234 << 16) | 5678;

    private readonly ScriptSocket _socket;

    internal FakeConnection(ScriptSocket socket) => _socket = socket;

    /// <summary>The parameters of the start-up packet, once read.</summary>
    public IReadOnlyDictionary<string, string> Startup { get; private set; } = new Dictionary<string, string>();

    /// <summary>True when the start-up packet was a CancelRequest.</summary>
    public bool IsCancel { get; private set; }

    /// <summary>Reads packets up to the start-up packet, refusing TLS and GSS (or taking TLS with a
    /// certificate).</summary>
    public async Task ExpectStartup(X509Certificate2? certificate = null)
    {
        while (true)
        {
            var (code, body) = await ReadUntyped();
            switch (code)
            {
                case TlsCode when certificate is not null:
                    await SendRaw("S"u8.ToArray());
                    await _socket.AcceptTls(new SslServerAuthenticationOptions { ServerCertificate = certificate });
                    break;
                case TlsCode or GssCode:
                    await SendRaw("N"u8.ToArray());
                    break;
                default:
                    IsCancel = code == CancelCode;
                    if (!IsCancel)
                        Startup = Parameters(body);
                    return;
            }
        }
    }

    /// <summary>Takes the client in without a password, as a server with trust does.</summary>
    public async Task SignInTrusting(
        int processId = 4242, string version = "15.0", X509Certificate2? certificate = null)
    {
        await ExpectStartup(certificate);
        await WelcomeTrusting(processId, version);
    }

    /// <summary>The same behind <see cref="ExpectStartup"/>.</summary>
    public async Task WelcomeTrusting(int processId = 4242, string version = "15.0")
    {
        await Send(
            ToClient.AuthenticationOk(),
            ToClient.ParameterStatus("server_version", version),
            ToClient.ParameterStatus("server_encoding", "UTF8"),
            ToClient.ParameterStatus("client_encoding", "UTF8"),
            ToClient.ParameterStatus("standard_conforming_strings", "on"),
            ToClient.ParameterStatus("is_superuser", "off"),
            ToClient.ParameterStatus("session_authorization", Startup.GetValueOrDefault("user", "app")),
            ToClient.ParameterStatus("DateStyle", "ISO, MDY"),
            ToClient.ParameterStatus("TimeZone", "UTC"),
            ToClient.ParameterStatus("application_name", Startup.GetValueOrDefault("application_name", "")),
            ToClient.BackendKeyData(processId, 1, 2, 3, 4),
            ToClient.ReadyForQuery());
    }

    /// <summary>The server's half of SCRAM-SHA-256, with an iteration count and nonce of choice.</summary>
    public async Task SignInByScram(string password, int iterations = 4096, Func<string, string>? spoilNonce = null)
    {
        await ExpectStartup();
        await Send(ToClient.AuthenticationSasl(ScramExchange.Plain));
        var first = await Receive();
        var clientFirst = Encoding.UTF8.GetString(first.Body.Span);
        var bare = clientFirst[(clientFirst.IndexOf(",,", StringComparison.Ordinal) + 2)..];
        var nonce = bare[(bare.IndexOf("r=", StringComparison.Ordinal) + 2)..] + "server";
        var salt = RandomNumberGenerator.GetBytes(16);
        var shown = spoilNonce?.Invoke(nonce) ?? nonce;
        var serverFirst = $"r={shown},s={Convert.ToBase64String(salt)},i={iterations}";
        await Send(ToClient.AuthenticationSaslContinue(serverFirst));

        var final = Encoding.UTF8.GetString((await Receive()).Body.Span);
        var withoutProof = final[..final.LastIndexOf(",p=", StringComparison.Ordinal)];
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
        var signature = HMACSHA256.HashData(
            HMACSHA256.HashData(salted, "Server Key"u8), Encoding.UTF8.GetBytes($"{bare},{serverFirst},{withoutProof}"));
        await Send(
            ToClient.AuthenticationSaslFinal($"v={Convert.ToBase64String(signature)}"),
            ToClient.AuthenticationOk(),
            ToClient.BackendKeyData(4242, 1, 2, 3, 4),
            ToClient.ReadyForQuery());
    }

    /// <summary>The next message of the client (its codes are the client's: Q, P, B …).</summary>
    public async Task<ServerMessage> Receive() =>
        await _socket.ReadMessage() ?? throw new EndOfStreamException("The client ended the connection.");

    /// <summary>Waits until the client has sent something, and leaves it unread.</summary>
    public Task WaitUnread() => _socket.WaitUnread();

    /// <summary>The same behind TLS; tells how long the record is that has come.</summary>
    public Task<int> WaitRecord() => _socket.WaitRecord();

    /// <summary>Null when the client has ended the connection.</summary>
    public Task<ServerMessage?> TryReceive() => _socket.ReadMessage();

    /// <summary>The next message, which must have this code.</summary>
    public async Task<ServerMessage> Expect(char code)
    {
        var message = await Receive();
        return message.Code == code
            ? message
            : throw new InvalidOperationException($"Expected '{code}' of the client, received '{message.Code}'.");
    }

    /// <summary>The next simple query's text.</summary>
    public async Task<string> ExpectQuery()
    {
        var body = await Expect('Q');
        return Encoding.UTF8.GetString(body.Body.Span[..^1]);
    }

    /// <summary>Answers every simple query and every Sync with nothing but success, until the client
    /// leaves.</summary>
    public async Task AnswerEverything()
    {
        while (await TryReceive() is { } message)
            await Answer(message);
    }

    /// <summary>Answers one message with nothing but success.</summary>
    public Task Answer(ServerMessage message) => message.Code switch
    {
        'Q' => Send(ToClient.CommandComplete("SELECT 0"), ToClient.ReadyForQuery()),
        'P' => Send(ToClient.ParseComplete()),
        'B' => Send(ToClient.BindComplete()),
        'C' => Send(ToClient.CloseComplete()),
        'D' => Send(ToClient.NoData()),
        'E' => Send(ToClient.CommandComplete("SELECT 0")),
        'S' => Send(ToClient.ReadyForQuery()),
        _ => Task.CompletedTask,
    };

    public Task Send(params byte[][] messages) => _socket.Write(messages.SelectMany(m => m).ToArray());

    /// <summary>Says that nothing more will come; still receives.</summary>
    public void EndSending() => _socket.ShutdownSend();

    /// <summary>Sends each byte by itself.</summary>
    public async Task SendByteByByte(params byte[][] messages)
    {
        foreach (var one in messages.SelectMany(m => m))
            await _socket.Write(new[] { one });
    }

    public Task SendRaw(byte[] bytes) => _socket.Write(bytes);

    /// <summary>Says that no more will come, as TLS demands, and leaves the socket as it is.</summary>
    public Task SayFarewell() => _socket.Tls!.ShutdownAsync();

    /// <summary>Reads one message of any length without keeping it.</summary>
    public Task<(char Code, long Length)> Skim(byte[] scratch) => _socket.SkimMessage(scratch);

    /// <summary>Ends as a process does that exits: what has come is not read any more.</summary>
    public void Exit() => _socket.Close();

    /// <summary>The same where bytes are unread that have come for certain.</summary>
    public void ExitAbruptly() => _socket.Abort();

    /// <summary>Ends with a reset.</summary>
    public void Vanish() => _socket.Reset();

    public void Dispose() => _socket.Dispose();

    private async Task<(int Code, byte[] Body)> ReadUntyped()
    {
        var header = new byte[8];
        if (!await _socket.TryRead(header))
            throw new EndOfStreamException("The client ended the connection.");
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header) - 8];
        if (body.Length > 0)
            await _socket.TryRead(body);
        return (BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)), body);
    }

    private static Dictionary<string, string> Parameters(byte[] body)
    {
        var texts = Encoding.UTF8.GetString(body).Split('\0');
        var parameters = new Dictionary<string, string>();
        for (var i = 0; i + 1 < texts.Length && texts[i].Length > 0; i += 2)
            parameters[texts[i]] = texts[i + 1];
        return parameters;
    }
}
