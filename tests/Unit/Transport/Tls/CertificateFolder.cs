using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sento.Transport.Tls;

namespace Sento.Tests.Unit.Transport.Tls;

/// <summary>An authority, and the certificates it has issued, as PEM files in a folder.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public CertificateFolder(string authorityName = "Test Authority")
    {
        Path = Directory.CreateTempSubdirectory("sento-tls-").FullName;
        var request = new CertificateRequest($"CN={authorityName}", _authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        _authority = request.CreateSelfSigned(now.AddYears(-2), now.AddYears(5));
        AuthorityFile = File("authority.crt");
        System.IO.File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    public string Path { get; }

    public string AuthorityFile { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>For localhost and 127.0.0.1, signed with SHA-256.</summary>
    public TlsServerOptions Server(string name = "server", string dnsName = "localhost", int daysValid = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={dnsName}", key, HashAlgorithmName.SHA256);
        return Issue(name, request, key, dnsName, daysValid);
    }

    /// <summary>Self-signed, so that the digest of its signature is ours to choose.</summary>
    public TlsServerOptions RsaServer(string name, HashAlgorithmName digest)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, digest, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.Create(
            request.SubjectName, new RsaSignature(key), now.AddDays(-1), now.AddDays(30), [1]);
        return Write(name, certificate, key);
    }

    public TlsServerOptions Client(string name, string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(name, new CertificateRequest(subject, key, HashAlgorithmName.SHA256), key, null, 30);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _authorityKey.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private TlsServerOptions Issue(
        string name, CertificateRequest request, ECDsa key, string? dnsName, int daysValid)
    {
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            if (dnsName == "localhost")
                names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }
        var end = DateTimeOffset.UtcNow.AddDays(daysValid);
        var serial = RandomNumberGenerator.GetBytes(8);
        using var certificate = request.Create(_authority, end.AddDays(-60), end, serial);
        return Write(name, certificate, key);
    }

    private TlsServerOptions Write(string name, X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        var options = new TlsServerOptions(File($"{name}.crt"), File($"{name}.key"));
        System.IO.File.WriteAllText(options.CertificateFile, certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(options.KeyFile, key.ExportPkcs8PrivateKeyPem());
        return options;
    }

    /// <summary>.NET's own generator knows no digest older than SHA-256.</summary>
    private sealed class RsaSignature(RSA key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName digest)
        {
            var number = digest.Name switch
            {
                "MD5" => 4,
                "SHA1" => 5,
                "SHA256" => 11,
                "SHA384" => 12,
                _ => 13,
            };
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier($"1.2.840.113549.1.1.{number}");
                writer.WriteNull();
            }
            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName digest) =>
            key.SignData(data, digest, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
