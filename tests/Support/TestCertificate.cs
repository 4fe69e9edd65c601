using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sento.Tests.Support;

/// <summary>A certificate with its private key, made in memory: an authority, a server or a client.</summary>
public sealed class TestCertificate : IDisposable
{
    private TestCertificate(X509Certificate2 certificate) => Certificate = certificate;

    public X509Certificate2 Certificate { get; }

    public string CertificatePem => Certificate.ExportCertificatePem();

    public string PrivateKeyPem => Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();

    /// <summary>A root that signs others.</summary>
    public static TestCertificate Authority(string name = "Test Authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        // It outlives whatever it signs, also what it signs later.
        return new TestCertificate(request.CreateSelfSigned(Yesterday, NextYear.AddDays(1)));
    }

    /// <summary>
    /// A server's certificate, good for localhost and the loopback addresses unless hosts are named.
    /// </summary>
    public TestCertificate SignServer(params string[] hosts) => Sign("CN=server", Yesterday, NextYear, hosts);

    /// <summary>A certificate whose time is over.</summary>
    public TestCertificate SignExpiredServer() => Sign("CN=server", Yesterday, Yesterday.AddHours(1), []);

    /// <summary>
    /// A client's certificate: PostgreSQL's method cert compares the common name with the role.
    /// </summary>
    public TestCertificate SignClient(string role) => Sign($"CN={role}", Yesterday, NextYear, null);

    /// <summary>Writes NAME.crt and NAME.key (readable by its owner alone, as PostgreSQL demands).</summary>
    public (string CertificateFile, string PrivateKeyFile) WriteTo(string folder, string name)
    {
        var certificateFile = Path.Combine(folder, $"{name}.crt");
        var keyFile = Path.Combine(folder, $"{name}.key");
        File.WriteAllText(certificateFile, CertificatePem);
        File.WriteAllText(keyFile, PrivateKeyPem);
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificateFile, keyFile);
    }

    public void Dispose() => Certificate.Dispose();

    private static DateTimeOffset Yesterday => DateTimeOffset.UtcNow.AddDays(-1);

    private static DateTimeOffset NextYear => DateTimeOffset.UtcNow.AddDays(365);

    /// <param name="hosts">Null: a client's certificate. Empty: the loopback names.</param>
    private TestCertificate Sign(string subject, DateTimeOffset from, DateTimeOffset to, string[]? hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        var purpose = hosts is null ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1";
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        if (hosts is not null)
            request.CertificateExtensions.Add(NamesOf(hosts));
        var serial = RandomNumberGenerator.GetBytes(12);
        using var signed = request.Create(Certificate, from, to, serial);
        return new TestCertificate(signed.CopyWithPrivateKey(key));
    }

    private static X509Extension NamesOf(string[] hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (hosts.Length == 0)
            hosts = ["localhost", "127.0.0.1", "::1"];
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }
        return names.Build();
    }
}
