using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sento.Load.Contenders;

namespace Sento.Load.Wire;

/// <summary>
/// A MySQL client that is little more than its socket. Blocking, main thread only, one exchange at a time;
/// proves its password by mysql_native_password. MySQL Internals, Connection Phase, COM_QUERY.
/// </summary>
internal sealed class RawMySqlClient : IRawClient
{
    // LONG_PASSWORD, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH,
    // DEPRECATE_EOF.
    private const uint Capabilities = 1 | 4 | 8 | 512 | 8192 | 32768 | 1 << 19 | 1 << 24;
    private const string Native = "mysql_native_password";
    private const int AnswerMilliseconds = 10_000;

    // One for all: between two exchanges no client holds a byte.
    private static readonly byte[] Scratch = new byte[64 * 1024];

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = AnswerMilliseconds,
    };

    public static RawMySqlClient SignIn(int port, Credentials credentials, IPAddress? source)
    {
        var client = new RawMySqlClient();
        try
        {
            if (source is not null) client._socket.Bind(new IPEndPoint(source, 0));
            client._socket.Connect(IPAddress.Loopback, port);
            client.Introduce(credentials);
            return client;
        }
        catch (Exception fault) when (fault is SocketException or BenchFailure)
        {
            client.Dispose();
            throw new BenchFailure($"no sign-in at port {port}: {fault.Message}");
        }
    }

    public void Query(string statement)
    {
        Send(0, [3, .. Encoding.UTF8.GetBytes(statement)]);
        var hasColumns = false;
        while (true)
        {
            var packet = Receive(out _);
            // An OK alone, or the one behind the rows.
            if (packet[0] == (hasColumns ? 0xfe : 0)) return;
            hasColumns = true;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Introduce(Credentials credentials)
    {
        var greeting = Receive(out var sequence);
        var version = greeting[1..].IndexOf((byte)0) + 2;
        byte[] salt = [.. greeting.Slice(version + 4, 8), .. greeting.Slice(version + 31, 12)];
        var response = new List<byte>(BitConverter.GetBytes(Capabilities));
        response.AddRange(BitConverter.GetBytes(1 << 24));
        response.Add(45);
        response.AddRange(new byte[23]);
        response.AddRange([.. Encoding.UTF8.GetBytes(credentials.User), 0]);
        var proof = Proof(credentials.Password, salt);
        response.AddRange([(byte)proof.Length, .. proof]);
        response.AddRange([.. Encoding.UTF8.GetBytes(credentials.Database), 0]);
        response.AddRange([.. Encoding.UTF8.GetBytes(Native), 0]);
        Send((byte)(sequence + 1), [.. response]);
        var reply = Receive(out sequence);
        if (reply[0] == 0xfe)
        {
            // Another salt: the plugin's name, NUL, 20 bytes.
            var name = reply[1..].IndexOf((byte)0) + 2;
            Send((byte)(sequence + 1), Proof(credentials.Password, reply.Slice(name, 20).ToArray()));
            reply = Receive(out _);
        }

        if (reply[0] != 0) throw new BenchFailure("the sign-in was answered by something else than OK");
    }

    private static byte[] Proof(string password, byte[] salt)
    {
#pragma warning disable CA5350 // The protocol's own.
        var stage = SHA1.HashData(Encoding.UTF8.GetBytes(password));
        var mask = SHA1.HashData([.. salt, .. SHA1.HashData(stage)]);
#pragma warning restore CA5350
        for (var index = 0; index < stage.Length; index++) stage[index] ^= mask[index];
        return stage;
    }

    private void Send(byte sequence, ReadOnlySpan<byte> payload)
    {
        var length = payload.Length;
        byte[] packet = [(byte)length, (byte)(length >> 8), (byte)(length >> 16), sequence, .. payload];
        _socket.Send(packet);
    }

    private ReadOnlySpan<byte> Receive(out byte sequence)
    {
        Fill(4);
        var length = Scratch[0] | Scratch[1] << 8 | Scratch[2] << 16;
        sequence = Scratch[3];
        if (length == 0 || length > Scratch.Length) throw new BenchFailure($"a packet of {length} bytes");
        Fill(length);
        if (Scratch[0] == 0xff)
            throw new BenchFailure(Encoding.UTF8.GetString(Scratch, 3, length - 3));
        return Scratch.AsSpan(0, length);
    }

    private void Fill(int count)
    {
        for (var at = 0; at < count;)
        {
            var received = _socket.Receive(Scratch.AsSpan(at, count - at));
            if (received == 0) throw new BenchFailure("the connection ended");
            at += received;
        }
    }
}
