using System.Formats.Asn1;
using System.Net.Sockets;
using System.Numerics;
using System.Text;

namespace Sento.Tests.Iam.Targets;

/// <summary>
/// As much of LDAP as a bind needs: a real PostgreSQL asks its clients for a password in clear text, as RDS
/// does, and asks here whether it is right. RFC 4511, Bind Operation.
/// </summary>
internal sealed class LdapDoor : IDisposable
{
    private const int Good = 0;
    private const int InvalidCredentials = 49;

    private static readonly Asn1Tag BindRequest = new(TagClass.Application, 0, isConstructed: true);
    private static readonly Asn1Tag BindResponse = new(TagClass.Application, 1, isConstructed: true);
    private static readonly Asn1Tag Simple = new(TagClass.ContextSpecific, 0);

    private readonly LoopbackDoor _door;
    private readonly Func<string, string, bool> _isRight;

    /// <param name="isRight">Of a distinguished name and a password.</param>
    public LdapDoor(Func<string, string, bool> isRight)
    {
        _isRight = isRight;
        _door = new LoopbackDoor(AnswerAsync);
    }

    public int Port => _door.Port;

    public void Dispose() => _door.Dispose();

    private async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        await using var stream = client.GetStream();
        var buffer = new byte[16 * 1024];
        var count = 0;
        while (await stream.ReadAsync(buffer.AsMemory(count)) is > 0 and var read)
        {
            count += read;
            if (!AsnDecoder.TryReadEncodedValue(
                buffer.AsSpan(0, count), AsnEncodingRules.BER, out var _, out var _, out var _, out var size))
                continue;
            if (Answer(buffer.AsMemory(0, size)) is { } answer)
                await stream.WriteAsync(answer);
            buffer.AsSpan(size, count - size).CopyTo(buffer);
            count -= size;
        }
    }

    /// <summary>Null: it is no bind.</summary>
    private byte[]? Answer(ReadOnlyMemory<byte> message)
    {
        var reader = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        var id = reader.ReadInteger();
        if (!reader.PeekTag().HasSameClassAndValue(BindRequest))
            return null;
        var bind = reader.ReadSequence(BindRequest);
        bind.ReadInteger();
        var name = Encoding.UTF8.GetString(bind.ReadOctetString());
        var password = Encoding.UTF8.GetString(bind.ReadOctetString(Simple));
        return Response(id, _isRight(name, password) ? Good : InvalidCredentials);
    }

    private static byte[] Response(BigInteger id, int code)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            using (writer.PushSequence(BindResponse))
            {
                writer.WriteEncodedValue([0x0a, 0x01, (byte)code]);
                writer.WriteOctetString([]);
                writer.WriteOctetString([]);
            }
        }
        return writer.Encode();
    }
}
