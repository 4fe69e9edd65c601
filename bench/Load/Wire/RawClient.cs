using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sento.Load.Contenders;

namespace Sento.Load.Wire;

/// <summary>
/// A PostgreSQL client that is little more than its socket: tens of thousands of them fit into the bench.
/// Blocking, main thread only, one exchange at a time. PostgreSQL 18, Message Flow, Start-up, Simple Query.
/// </summary>
internal sealed class RawClient : IRawClient
{
    private const int ProtocolVersion = 3 << 16;
    private const int AnswerMilliseconds = 10_000;

    // One for all: between two exchanges no client holds a byte.
    private static readonly byte[] Scratch = new byte[64 * 1024];

    private const int SslRequest = 80877103;

    private readonly Socket _socket;
    private SslStream? _tls;
    private ScramClient? _scram;
    private string _password = "";
    private int _start;
    private int _end;

    private RawClient(Socket socket) => _socket = socket;

    /// <summary>Connects, signs in with SCRAM and waits until the server is ready for a query.</summary>
    /// <param name="source">
    /// The address to connect from, anywhere in 127.0.0.0/8: each has its own 28,000 ports. Null: any.
    /// </param>
    /// <param name="certificatePath">Encrypts, and expects this very certificate; null: clear text.</param>
    /// <exception cref="BenchFailure">Nobody listens, or sign-in failed.</exception>
    public static RawClient SignIn(
        int port, Credentials credentials, IPAddress? source = null, string? certificatePath = null)
    {
        var client = Connect(port, credentials, source, certificatePath);
        try
        {
            while (!client.TakeSignInStep())
            {
            }
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Connects and says who it is. <see cref="TakeSignInStep"/> does the rest: many can sign in at once.
    /// </summary>
    /// <inheritdoc cref="SignIn"/>
    public static RawClient Connect(
        int port, Credentials credentials, IPAddress? source = null, string? certificatePath = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = AnswerMilliseconds,
            SendTimeout = AnswerMilliseconds,
        };
        var client = new RawClient(socket);
        try
        {
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            socket.Connect(IPAddress.Loopback, port);
            if (certificatePath is not null) client.Encrypt(certificatePath);
            client.SayWho(credentials);
            return client;
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            client.Dispose();
            throw new BenchFailure($"port {port}: {fault.Message}");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Runs one statement and reads its answer to the end.</summary>
    public void Query(string statement)
    {
        try
        {
            Send('Q', [.. Encoding.UTF8.GetBytes(statement), 0]);
            ReadUntilReady();
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            throw new BenchFailure($"{statement}: {fault.Message}");
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }

    /// <summary>Waits for the next word of the server during sign-in, and answers it.</summary>
    /// <returns>True: signed in, and ready for a query.</returns>
    /// <exception cref="BenchFailure">It failed.</exception>
    public bool TakeSignInStep()
    {
        try
        {
            return AnswerSignIn();
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            throw new BenchFailure($"sign-in: {fault.Message}");
        }
    }

    /// <summary>Reads what COPY … TO STDOUT sends.</summary>
    /// <returns>Bytes of data.</returns>
    public long CopyOut(string statement)
    {
        var bytes = 0L;
        Send('Q', [.. Encoding.UTF8.GetBytes(statement), 0]);
        while (true)
        {
            var (code, body) = Read();
            if (code == 'E') throw Unexpected(code, body);
            if (code == 'd') bytes += body.Length;
            if (code == 'Z') return bytes;
        }
    }

    /// <summary>Sends a piece of data again and again for COPY … FROM STDIN.</summary>
    public void CopyIn(string statement, byte[] piece, int count)
    {
        Send('Q', [.. Encoding.UTF8.GetBytes(statement), 0]);
        var (code, body) = Read();
        if (code != 'G') throw Unexpected(code, body);
        byte[] message = [(byte)'d', .. BigEndian(piece.Length + 4), .. piece];
        for (var index = 0; index < count; index++) Write(message);
        Send('c', []);
        ReadUntilReady();
    }

    private void Encrypt(string certificatePath)
    {
        using var expected = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        Write([.. BigEndian(8), .. BigEndian(SslRequest)]);
        Fill(1);
        if (Scratch[_start++] != 'S') throw new BenchFailure("the server does not encrypt");
        var stream = new NetworkStream(_socket, ownsSocket: false);
        _tls = new SslStream(stream, false, (_, shown, _, _) =>
            shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(expected.RawData));
        // Whoever comes for the first time has no session to resume.
        _tls.AuthenticateAsClient(
            new SslClientAuthenticationOptions { TargetHost = "localhost", AllowTlsResume = false });
    }

    private void SayWho(Credentials credentials)
    {
        var parameters = $"user\0{credentials.User}\0database\0{credentials.Database}\0\0";
        SendFramed([.. BigEndian(ProtocolVersion), .. Encoding.UTF8.GetBytes(parameters)]);
        _scram = new ScramClient(credentials);
        _password = credentials.Password;
    }

    private bool AnswerSignIn()
    {
        var (code, body) = Read();
        if (code != 'R') throw Unexpected(code, body);
        var text = Encoding.UTF8.GetString(body[4..]);
        switch (BinaryPrimitives.ReadInt32BigEndian(body))
        {
            case 0:
                ReadUntilReady();
                _scram = null;
                return true;
            case 3:
                Send('p', [.. Encoding.UTF8.GetBytes(_password), 0]);
                return false;
            case 10:
                var first = Encoding.UTF8.GetBytes(_scram!.First);
                Send('p', [.. "SCRAM-SHA-256\0"u8, .. BigEndian(first.Length), .. first]);
                return false;
            case 11:
                Send('p', Encoding.UTF8.GetBytes(_scram!.Final(text)));
                return false;
            case 12:
                _scram!.Verify(text);
                return AnswerSignIn();
            default:
                throw new BenchFailure("the server asks for neither SCRAM nor a password");
        }
    }

    private void ReadUntilReady()
    {
        while (true)
        {
            var (code, body) = Read();
            if (code == 'E') throw Unexpected(code, body);
            if (code == 'Z') return;
        }
    }

    private (char Code, byte[] Body) Read()
    {
        Fill(5);
        var code = (char)Scratch[_start];
        var length = BinaryPrimitives.ReadInt32BigEndian(Scratch.AsSpan(_start + 1)) - 4;
        if (length < 0 || length + 5 > Scratch.Length)
            throw new BenchFailure($"a message '{code}' of {length} bytes is beyond this client");
        Fill(5 + length);
        var body = Scratch.AsSpan(_start + 5, length).ToArray();
        _start += 5 + length;
        return (code, body);
    }

    /// <summary>Reads until <paramref name="count"/> bytes stand in the scratch.</summary>
    private void Fill(int count)
    {
        if (_start == _end) _start = _end = 0;
        if (_start + count > Scratch.Length)
        {
            Scratch.AsSpan(_start, _end - _start).CopyTo(Scratch);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < count)
        {
            var received = _tls?.Read(Scratch.AsSpan(_end)) ?? _socket.Receive(Scratch.AsSpan(_end));
            if (received == 0) throw new BenchFailure("the server closed the connection");
            _end += received;
        }
    }

    private void Send(char code, ReadOnlySpan<byte> body) =>
        Write([(byte)code, .. BigEndian(body.Length + 4), .. body]);

    private void SendFramed(ReadOnlySpan<byte> body) => Write([.. BigEndian(body.Length + 4), .. body]);

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_tls is not null) _tls.Write(bytes);
        else while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static BenchFailure Unexpected(char code, byte[] body)
    {
        if (code != 'E') return new BenchFailure($"unexpected message '{code}'");
        // Fields are a letter and a text each; 'M' is the one for people.
        var message = Encoding.UTF8.GetString(body).Split('\0')
            .FirstOrDefault(field => field.StartsWith('M'))?[1..];
        return new BenchFailure($"the server says: {message}");
    }
}
