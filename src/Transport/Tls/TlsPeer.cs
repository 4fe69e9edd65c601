namespace Sento.Transport.Tls;

/// <summary>The certificate that the other side has proved to own.</summary>
/// <param name="IsVerified">It comes from a trusted authority (and, where asked for, names the host).</param>
/// <param name="CommonName">Null if the subject has none that is fit for comparison.</param>
/// <param name="DistinguishedName">The whole subject as RFC 2253 writes it.</param>
/// <param name="Der">The certificate itself.</param>
public sealed record TlsPeer(bool IsVerified, string? CommonName, string DistinguishedName, byte[] Der);
