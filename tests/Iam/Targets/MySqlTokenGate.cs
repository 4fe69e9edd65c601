using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Iam.Targets;

/// <summary>
/// Stands before a real server and signs in as RDS does: over TLS, by mysql_clear_password. Whose token is
/// right is signed in to the server behind; from then on bytes go through as they are.
/// </summary>
/// <remarks>
/// In MariaDB the user has a password. In MySQL it has none: what its plugin wants of one over a plain
/// connection is more than a gate need know, and nobody else knows the server.
/// </remarks>
internal sealed class MySqlTokenGate : IDisposable
{
    private const uint Ssl = 1u << 11;
    private const int HeadBytes = 32;

    private readonly LoopbackDoor _door;
    private readonly TestCertificate _certificate;
    private readonly Func<string, string, bool> _isRight;
    private readonly int _behind;
    private readonly string _password;

    /// <param name="behind">The server's port.</param>
    /// <param name="password">Of all users of the server behind.</param>
    /// <param name="isRight">Of a user and a token.</param>
    public MySqlTokenGate(
        TestCertificate certificate, int behind, string password, Func<string, string, bool> isRight)
    {
        (_certificate, _behind, _password, _isRight) = (certificate, behind, password, isRight);
        _door = new LoopbackDoor(PassAsync);
    }

    public int Port => _door.Port;

    public void Dispose() => _door.Dispose();

    private async Task PassAsync(TcpClient client)
    {
        using var _ = client;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _behind);
            await using var behind = server.GetStream();
            await using var before = new SslStream(client.GetStream());
            if (!await SignInAsync(client.GetStream(), before, behind))
                return;
            await Task.WhenAny(before.CopyToAsync(behind), behind.CopyToAsync(before));
        }
        catch (IOException)
        {
            // Either side has left.
        }
    }

    private async Task<bool> SignInAsync(Stream plain, SslStream before, Stream behind)
    {
        var (greeting, _) = await ReadAsync(behind);
        var salt = MySqlGreeting.Read(greeting).Salt;
        // The server behind speaks no TLS; the gate does.
        greeting[Array.IndexOf(greeting, (byte)0, 1) + 1 + 4 + 8 + 1 + 1] |= (byte)(Ssl >> 8);
        await WriteAsync(plain, greeting, 0);
        await ReadAsync(plain);
        await before.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = _certificate.Certificate,
        });
        var (response, sequence) = await ReadAsync(before);
        var user = Encoding.UTF8.GetString(
            response.AsSpan(HeadBytes, Array.IndexOf(response, (byte)0, HeadBytes) - HeadBytes));
        await WriteAsync(before, [0xfe, .. "mysql_clear_password\0"u8], ++sequence);
        var (token, at) = await ReadAsync(before);
        if (!_isRight(user, Encoding.UTF8.GetString(token.AsSpan(0, token.Length - 1))))
        {
            var error = new MySqlBytes().Byte(0xff).Int(1045, 2)
                .Raw($"#28000Access denied for user '{user}'");
            await WriteAsync(before, error.ToArray(), (byte)(at + 1));
            return false;
        }
        await WriteAsync(behind, Behind(response, user.Length, salt), 1);
        var (outcome, asked) = await ReadAsync(behind);
        if (outcome[0] == 0xfe)
        {
            // The account's plugin is another than the client has named; it takes no password for none.
            await WriteAsync(behind, [0], (byte)(asked + 1));
            (outcome, _) = await ReadAsync(behind);
        }
        await WriteAsync(before, outcome, (byte)(at + 1));
        return outcome[0] == 0;
    }

    /// <summary>The same response without TLS, with the proof that the server behind wants.</summary>
    private byte[] Behind(byte[] response, int userBytes, byte[] salt)
    {
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(response) & ~Ssl;
        var proof = HeadBytes + userBytes + 1;
        var rest = proof + 1 + response[proof];
        return new MySqlBytes().Int(flags, 4).Raw(response.AsSpan(4, proof - 4))
            .Text(MySqlProof.Of(MySqlProof.Native, _password, salt)).Raw(response.AsSpan(rest)).ToArray();
    }

    private static async Task<(byte[] Payload, byte Sequence)> ReadAsync(Stream stream)
    {
        var head = new byte[4];
        await stream.ReadExactlyAsync(head);
        var payload = new byte[head[0] | head[1] << 8 | head[2] << 16];
        await stream.ReadExactlyAsync(payload);
        return (payload, head[3]);
    }

    private static async Task WriteAsync(Stream stream, byte[] payload, byte sequence) =>
        await stream.WriteAsync(MySqlBytes.Packets(payload, sequence));
}
