using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sento.Lab.Servers;

/// <summary>A self-signed certificate with a P-256 key in two PEM files, the same for everybody.</summary>
public sealed record ServerCertificate(string CertificatePath, string KeyPath)
{
    /// <summary>The key is readable by its owner alone, as servers demand.</summary>
    public static ServerCertificate Make(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        var made = new ServerCertificate(
            Path.Combine(folder, "server.crt"), Path.Combine(folder, "server.key"));
        File.WriteAllText(made.CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(made.KeyPath, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(made.KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return made;
    }
}
