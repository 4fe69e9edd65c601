using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sento.Load.Contenders;

namespace Sento.Load.Wire;

/// <summary>
/// A PostgreSQL client that is little more than its socket: tens of thousands of them fit into the bench.
/// Blocking, main thread only, one exchange at a time. PostgreSQL 18, Message Flow, Start-up, Simple Query.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private const int ProtocolVersion = 3 << 16;
    private const int AnswerMilliseconds = 10_000;

    // One for all: between two exchanges no client holds a byte.
    private static readonly byte[] Scratch = new byte[64 * 1024];

    private readonly Socket _socket;
    private int _start;
    private int _end;

    private RawClient(Socket socket) => _socket = socket;

    /// <summary>Connects, signs in with SCRAM and waits until the server is ready for a query.</summary>
    /// <param name="source">
    /// The address to connect from, anywhere in 127.0.0.0/8: each has its own 28,000 ports. Null: any.
    /// </param>
    /// <exception cref="BenchFailure">Nobody listens, or sign-in failed.</exception>
    public static RawClient SignIn(int port, Credentials credentials, IPAddress? source = null)
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
            client.SignIn(credentials);
            return client;
        }
        catch (SocketException fault)
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
        catch (SocketException fault)
        {
            throw new BenchFailure($"{statement}: {fault.Message}");
        }
    }

    public void Dispose() => _socket.Dispose();

    private void SignIn(Credentials credentials)
    {
        var parameters = $"user\0{credentials.User}\0database\0{credentials.Database}\0\0";
        SendFramed([.. BigEndian(ProtocolVersion), .. Encoding.UTF8.GetBytes(parameters)]);

        var scram = new ScramClient(credentials);
        while (true)
        {
            var (code, body) = Read();
            if (code != 'R') throw Unexpected(code, body);
            var text = Encoding.UTF8.GetString(body[4..]);
            switch (BinaryPrimitives.ReadInt32BigEndian(body))
            {
                case 0:
                    ReadUntilReady();
                    return;
                case 10:
                    var first = Encoding.UTF8.GetBytes(scram.First);
                    Send('p', [.. "SCRAM-SHA-256\0"u8, .. BigEndian(first.Length), .. first]);
                    break;
                case 11:
                    Send('p', Encoding.UTF8.GetBytes(scram.Final(text)));
                    break;
                case 12:
                    scram.Verify(text);
                    break;
                default:
                    throw new BenchFailure("the server asks for something other than SCRAM");
            }
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
            var received = _socket.Receive(Scratch.AsSpan(_end));
            if (received == 0) throw new BenchFailure("the server closed the connection");
            _end += received;
        }
    }

    private void Send(char code, ReadOnlySpan<byte> body) =>
        _socket.Send([(byte)code, .. BigEndian(body.Length + 4), .. body]);

    private void SendFramed(ReadOnlySpan<byte> body) =>
        _socket.Send([.. BigEndian(body.Length + 4), .. body]);

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
