using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sento.Postgres.SignIn.Scram;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class TlsServerEndPointTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Theory]
    [InlineData("SHA256", 32)]
    [InlineData("SHA384", 48)]
    [InlineData("SHA512", 64)]
    public void The_hash_function_is_the_one_of_the_signature(string name, int bytes)
    {
        var hash = new HashAlgorithmName(name);
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Check(new CertificateRequest("CN=a", rsa, hash, RSASignaturePadding.Pkcs1), bytes);
        Check(new CertificateRequest("CN=a", rsa, hash, RSASignaturePadding.Pss), bytes);
        Check(new CertificateRequest("CN=a", ec, hash), bytes);
    }

    private static void Check(CertificateRequest request, int bytes)
    {
        using var certificate = request.CreateSelfSigned(Now, Now.AddDays(1));
        var expected = bytes switch
        {
            32 => SHA256.HashData(certificate.RawData),
            48 => SHA384.HashData(certificate.RawData),
            _ => SHA512.HashData(certificate.RawData),
        };
        Assert.Equal(expected, TlsServerEndPoint.HashOf(certificate));
    }
}
