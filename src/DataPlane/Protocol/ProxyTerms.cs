using Sento.DataPlane.Auth;
using Sento.Model;
using Sento.Transport.Tls;

namespace Sento.DataPlane.Protocol;

/// <summary>
/// What a proxy's configuration gives a protocol, whatever the protocol; replaced as a whole when it changes.
/// </summary>
public sealed record ProxyTerms
{
    /// <summary>Judges tokens; null: all are refused.</summary>
    public ITokenVerifier? Tokens { get; init; }

    /// <summary>Makes tokens for targets; null: there are none.</summary>
    public ITargetTokens? TargetTokens { get; init; }

    /// <summary>What clients see of us over TLS; null: no TLS.</summary>
    public TlsIdentity? Identity { get; init; }

    /// <summary>How we dial a target over TLS.</summary>
    public Func<TargetConfig, TlsIdentity?> TargetIdentity { get; init; } = _ => null;
}
