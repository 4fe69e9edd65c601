using System.Net;

namespace Sento.Transport.Tls;

/// <summary>Tells a client session which host it dials.</summary>
internal static class ExpectedHost
{
    // The longest DNS name, in characters, without its last dot.
    private const int NameLengthMax = 253;

    /// <summary>
    /// Has the name sent and, with full verification, accepts no certificate that lacks it.
    /// </summary>
    /// <returns>Null, or why the host cannot be the name of a server.</returns>
    public static string? Set(nint ssl, string host, TlsVerification verification)
    {
        OpenSsl.ERR_clear_error();
        var isAddress = IPAddress.TryParse(host, out var address);
        // RFC 6066, Server Name Indication: literal addresses are not permitted, nor is a name's last dot.
        // The address goes through its bytes to lose the zone of a link-local one, which no certificate
        // knows.
        var name = isAddress ? new IPAddress(address!.GetAddressBytes()).ToString() : host.TrimEnd('.');
        if (name.Length is 0 or > NameLengthMax || name.Contains('\0'))
            return "the name of the host is empty or too long for TLS";
        if (!isAddress && OpenSsl.SSL_ctrl(ssl, OpenSsl.CtrlHostName, 0, name) != 1)
            return $"host '{name}' cannot be sent as a server name: {OpenSslLibrary.DrainErrors()}";
        if (verification != TlsVerification.Full)
            return null;
        var rules = OpenSsl.SSL_get0_param(ssl);
        OpenSsl.X509_VERIFY_PARAM_set_hostflags(rules, OpenSsl.CheckNoPartialWildcards);
        var isSet = isAddress
            ? OpenSsl.X509_VERIFY_PARAM_set1_ip_asc(rules, name)
            : OpenSsl.X509_VERIFY_PARAM_set1_host(rules, name, 0);
        return isSet == 1 ? null : $"host '{name}' cannot be verified: {OpenSslLibrary.DrainErrors()}";
    }
}
