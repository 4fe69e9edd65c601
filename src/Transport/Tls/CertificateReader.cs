using System.Runtime.InteropServices;
using System.Text;

namespace Sento.Transport.Tls;

/// <summary>What we need to know of an X509 object that OpenSSL owns. Cold path: sign-in only.</summary>
internal static unsafe class CertificateReader
{
    private const int DigestBytesMax = 64;

    /// <summary>
    /// RFC 5929, The 'tls-server-end-point' Channel Binding Type; empty where it is not defined.
    /// </summary>
    public static byte[] EndPointHash(nint certificate)
    {
        int digestId;
        if (certificate == 0
            || OpenSsl.X509_get_signature_info(certificate, &digestId, null, null, null) != 1)
        {
            OpenSsl.ERR_clear_error();
            return [];
        }
        if (digestId is OpenSsl.NidMd5 or OpenSsl.NidSha1)
            digestId = OpenSsl.NidSha256;
        var digest = OpenSsl.EVP_get_digestbyname(OpenSsl.OBJ_nid2sn(digestId));
        var hash = stackalloc byte[DigestBytesMax];
        uint length;
        if (digest == 0 || OpenSsl.X509_digest(certificate, digest, hash, &length) != 1)
        {
            OpenSsl.ERR_clear_error();
            return [];
        }
        return new ReadOnlySpan<byte>(hash, (int)length).ToArray();
    }

    public static byte[] Der(nint certificate)
    {
        byte* der = null;
        var length = OpenSsl.i2d_X509(certificate, &der);
        if (length <= 0)
            return [];
        var bytes = new ReadOnlySpan<byte>(der, length).ToArray();
        OpenSsl.CRYPTO_free(der, 0, 0);
        return bytes;
    }

    /// <summary>
    /// The subject's common name; null if it has none, or one with a zero byte that could hide its end.
    /// </summary>
    public static string? CommonName(nint certificate)
    {
        var name = OpenSsl.X509_get_subject_name(certificate);
        var index = OpenSsl.X509_NAME_get_index_by_NID(name, OpenSsl.NidCommonName, -1);
        if (index < 0)
            return null;
        byte* text;
        var entry = OpenSsl.X509_NAME_ENTRY_get_data(OpenSsl.X509_NAME_get_entry(name, index));
        var length = OpenSsl.ASN1_STRING_to_UTF8(&text, entry);
        if (length < 0)
        {
            OpenSsl.ERR_clear_error();
            return null;
        }
        var bytes = new ReadOnlySpan<byte>(text, length);
        var commonName = bytes.Contains((byte)0) ? null : Encoding.UTF8.GetString(bytes);
        OpenSsl.CRYPTO_free(text, 0, 0);
        return commonName;
    }

    /// <summary>
    /// The subject as RFC 2253 writes it, most specific part first: what PostgreSQL compares for
    /// clientname=DN.
    /// </summary>
    public static string DistinguishedName(nint certificate)
    {
        var bio = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        OpenSsl.X509_NAME_print_ex(bio, OpenSsl.X509_get_subject_name(certificate), 0, OpenSsl.NameRfc2253);
        var bytes = new byte[(int)OpenSsl.BIO_ctrl(bio, OpenSsl.BioCtrlPending, 0, 0)];
        fixed (byte* room = bytes)
            OpenSsl.BIO_read(bio, room, bytes.Length);
        OpenSsl.BIO_free(bio);
        return Encoding.UTF8.GetString(bytes);
    }
}
