using System.Runtime.InteropServices;
using System.Text;

namespace Sento.Transport.Tls;

/// <summary>What the two sides of an established session have agreed on. Read once, at sign-in.</summary>
/// <param name="Version">"TLSv1.3", spelled as in pg_stat_ssl.</param>
/// <param name="CipherBits">The key's bits.</param>
/// <param name="AlpnProtocol">The application protocol, or null.</param>
/// <param name="ServerName">
/// The host that the client asked for (SNI), or null. Its choice: not to be trusted.
/// </param>
/// <param name="IsResumed">The handshake was shortened by a ticket of an earlier one.</param>
public sealed record TlsAgreement(
    string Version,
    string CipherName,
    int CipherBits,
    string? AlpnProtocol,
    string? ServerName,
    bool IsResumed)
{
    internal static TlsAgreement Of(nint ssl)
    {
        var cipher = OpenSsl.SSL_get_current_cipher(ssl);
        return new TlsAgreement(
            Marshal.PtrToStringUTF8(OpenSsl.SSL_get_version(ssl))!,
            Marshal.PtrToStringUTF8(OpenSsl.SSL_CIPHER_get_name(cipher))!,
            OpenSsl.SSL_CIPHER_get_bits(cipher, 0),
            AlpnOf(ssl),
            Marshal.PtrToStringUTF8(OpenSsl.SSL_get_servername(ssl, 0)),
            OpenSsl.SSL_session_reused(ssl) == 1);
    }

    internal static unsafe string? AlpnOf(nint ssl)
    {
        byte* name;
        uint length;
        OpenSsl.SSL_get0_alpn_selected(ssl, &name, &length);
        return length == 0 ? null : Encoding.ASCII.GetString(name, (int)length);
    }
}
