using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sento.Transport.Tls;

/// <summary>
/// The certificate of a proxy that was given none: made at the first start, used again ever after.
/// </summary>
/// <remarks>ECDSA with P-256: a handshake costs about two thirds of one with RSA-2048.</remarks>
public static class SelfSignedCertificate
{
    private const string CertificateName = "server.crt";
    private const string KeyName = "server.key";
    private const int YearsValid = 10;

    /// <summary>
    /// Finds or makes the certificate and its key (mode 0600) in <paramref name="folder"/>.
    /// </summary>
    /// <param name="error">The folder cannot be written.</param>
    public static bool TryFindOrMake(
        string folder,
        [NotNullWhen(true)] out TlsServerOptions? options,
        [NotNullWhen(false)] out string? error)
    {
        var certificateFile = Path.Combine(folder, CertificateName);
        var keyFile = Path.Combine(folder, KeyName);
        options = null;
        error = null;
        try
        {
            // One without the other is what a start leaves that was cut off, and is of no use.
            if (!File.Exists(certificateFile) || !File.Exists(keyFile))
                Make(folder, certificateFile, keyFile);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            error = $"no self-signed certificate could be written to folder '{folder}': {refused.Message}";
            return false;
        }
        options = new TlsServerOptions(certificateFile, keyFile);
        return true;
    }

    private static void Make(string folder, string certificateFile, string keyFile)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOfHost(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(AlternativeNames());
        var now = DateTimeOffset.UtcNow;
        // A day back, for clients whose clocks are behind.
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(YearsValid));
        // The key first: whoever finds a certificate finds its key too.
        Write(keyFile, key.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(
            certificateFile,
            certificate.ExportCertificatePem(),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static X500DistinguishedName NameOfHost()
    {
        var name = new X500DistinguishedNameBuilder();
        // RFC 5280, Upper Bounds: a common name has at most 64 characters.
        var host = Environment.MachineName;
        name.AddCommonName(host.Length is > 0 and <= 64 ? host : "sento");
        return name.Build();
    }

    private static X509Extension AlternativeNames()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        var host = Environment.MachineName;
        if (Uri.CheckHostName(host) == UriHostNameType.Dns && host != "localhost")
            names.AddDnsName(host);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        return names.Build();
    }

    /// <summary>
    /// Under another name first, so that the file is never seen half written or with other rights.
    /// </summary>
    private static void Write(string path, string text, UnixFileMode mode)
    {
        var unfinished = $"{path}.{Environment.ProcessId}";
        var settings = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
            settings.UnixCreateMode = mode;
        using (var file = new StreamWriter(unfinished, settings))
            file.WriteLine(text);
        File.Move(unfinished, path, overwrite: true);
    }
}
