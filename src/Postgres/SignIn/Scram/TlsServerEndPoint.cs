using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>Channel binding data of a TLS server certificate. RFC 5929, tls-server-end-point.</summary>
public static class TlsServerEndPoint
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    /// <summary>
    /// Hash of the whole certificate with the hash function of its signature, SHA-256 where that is MD5
    /// or SHA-1.
    /// </summary>
    /// <returns>
    /// Empty: the signature has no hash function of its own (Ed25519), so channel binding is not defined.
    /// </returns>
    public static byte[] HashOf(X509Certificate2 certificate)
    {
        var algorithm = certificate.SignatureAlgorithm.Value;
        if (algorithm == RsaPss)
            algorithm = PssHash(certificate.RawData);
        return algorithm switch
        {
            // MD5, SHA-1: with RSA, ECDSA and DSA, and the bare hash inside PSS parameters.
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" or "1.2.840.10040.4.3"
                or "1.3.14.3.2.26" => SHA256.HashData(certificate.RawData),
            "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" or "2.16.840.1.101.3.4.3.2"
                or "2.16.840.1.101.3.4.2.1" => SHA256.HashData(certificate.RawData),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" or "2.16.840.1.101.3.4.2.2"
                => SHA384.HashData(certificate.RawData),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" or "2.16.840.1.101.3.4.2.3"
                => SHA512.HashData(certificate.RawData),
            _ => [],
        };
    }

    /// <summary>The hash that RSASSA-PSS parameters name; SHA-1 where they name none. RFC 4055.</summary>
    private static string? PssHash(byte[] certificate)
    {
        const string sha1 = "1.3.14.3.2.26";
        try
        {
            var parts = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
            parts.ReadEncodedValue();
            var algorithm = parts.ReadSequence();
            algorithm.ReadObjectIdentifier();
            if (!algorithm.HasData)
                return null;
            var parameters = algorithm.ReadSequence();
            var hashTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
            if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(hashTag))
                return sha1;
            return parameters.ReadSequence(hashTag).ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
