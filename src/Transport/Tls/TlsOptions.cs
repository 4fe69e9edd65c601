namespace Sento.Transport.Tls;

/// <summary>The versions of TLS that are spoken; older ones are broken.</summary>
public enum TlsVersion
{
    Tls12 = 0x0303,
    Tls13 = 0x0304,
}

/// <summary>What a listener presents and asks for.</summary>
/// <param name="CertificateFile">PEM: our certificate, then its issuers up to, but without, the root.</param>
/// <param name="KeyFile">PEM, without a passphrase.</param>
public sealed record TlsServerOptions(string CertificateFile, string KeyFile)
{
    /// <summary>
    /// PEM. Clients are asked for a certificate of one of these authorities; they may come without one.
    /// </summary>
    public string? ClientAuthoritiesFile { get; init; }

    /// <summary>
    /// Selected when a client offers it; a client that offers only other names is refused (RFC 7301).
    /// </summary>
    public string? AlpnProtocol { get; init; }

    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;
}

/// <summary>How much of the server's certificate must be right.</summary>
public enum TlsVerification
{
    /// <summary>Encrypts only: whoever sits between can pose as the server.</summary>
    None,

    /// <summary>The certificate must come from a trusted authority, for whatever name.</summary>
    Authority,

    /// <summary>And it must name the host that we dial.</summary>
    Full,
}

/// <summary>What we demand of servers and present to them. The host is given for each session.</summary>
public sealed record TlsClientOptions
{
    public TlsVerification Verification { get; init; } = TlsVerification.Full;

    /// <summary>PEM. Null: the authorities that the system trusts.</summary>
    public string? AuthoritiesFile { get; init; }

    /// <summary>PEM chain, presented when the server asks. Set both or neither of this and the key.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>
    /// Offered to the server; whether it was taken says <see cref="TlsAgreement.AlpnProtocol"/>.
    /// </summary>
    public string? AlpnProtocol { get; init; }

    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;
}
