using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>Answers a server's questions about the password, whichever way it asks.</summary>
internal sealed class ScriptedSignIn(ServerDoor door, SslStream? tls)
{
    private ScramExchange? _scram;

    /// <summary>The answer to an Authentication message; null when it asks for none.</summary>
    public byte[]? Answer(ServerMessage message)
    {
        var body = new BodyReader(message.Body.Span);
        switch (body.Int32())
        {
            case 0:
                return null;
            case 3:
                return ToServer.Password(door.Password);
            case 5:
                return ToServer.Password(Md5(body.Take(4)));
            case 10:
                return Begin(ref body);
            case 11:
                return ToServer.SaslResponse(_scram!.ClientFinal(Encoding.UTF8.GetString(body.Take(body.Left))));
            case 12:
                if (!_scram!.Proves(Encoding.UTF8.GetString(body.Take(body.Left))))
                    throw new AuthenticationException("The server does not know the password itself.");
                return null;
            default:
                throw new AuthenticationException($"A way to sign in that scripts do not know: {message.Text}");
        }
    }

    private byte[] Begin(ref BodyReader body)
    {
        var offered = new List<string>();
        while (body.Left > 1)
            offered.Add(body.Text());
        var hasPlus = tls is not null && door.UsesChannelBinding && offered.Contains(ScramExchange.Plus);
        _scram = hasPlus
            ? new ScramExchange(door.Password, "p=tls-server-end-point", EndPointBinding())
            : new ScramExchange(door.Password, tls is not null && door.UsesChannelBinding ? "y" : "n");
        return ToServer.SaslInitial(hasPlus ? ScramExchange.Plus : ScramExchange.Plain, _scram.ClientFirst);
    }

    private string Md5(ReadOnlySpan<byte> salt)
    {
        var inner = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(door.Password + door.User)));
        byte[] salted = [.. Encoding.UTF8.GetBytes(inner), .. salt];
        return "md5" + Convert.ToHexStringLower(MD5.HashData(salted));
    }

    /// <summary>The hash of the server's certificate by its own signature's hash, with MD5 and SHA-1 raised to SHA-256.</summary>
    private byte[] EndPointBinding()
    {
        using var certificate = new X509Certificate2(tls!.RemoteCertificate!);
        return certificate.SignatureAlgorithm.FriendlyName switch
        {
            { } name when name.Contains("384") => SHA384.HashData(certificate.RawData),
            { } name when name.Contains("512") => SHA512.HashData(certificate.RawData),
            _ => SHA256.HashData(certificate.RawData),
        };
    }
}
