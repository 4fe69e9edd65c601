using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sento.Load.Contenders;

/// <summary>A self-signed certificate with a P-256 key in two PEM files, the same for every proxy.</summary>
internal sealed record ServerCertificate(string CertificatePath, string KeyPath)
{
    public static ServerCertificate Make(Stage stage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        var made = new ServerCertificate(stage.FileFor("server.crt"), stage.FileFor("server.key"));
        File.WriteAllText(made.CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(made.KeyPath, key.ExportPkcs8PrivateKeyPem());
        stage.GiveAway(made.KeyPath);
        return made;
    }
}
