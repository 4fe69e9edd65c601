namespace Sento.ControlPlane.WebIdentity;

/// <summary>Where an issuer's keys are. All null: where its own discovery document says.</summary>
/// <param name="AuthorityFile">Authorities that its certificate is checked by; null: the system's.</param>
/// <param name="BearerTokenFile">What to show when asking.</param>
public sealed record WebKeyPlace(
    string? JwksUri, string? JwksFile, string? AuthorityFile, string? BearerTokenFile)
{
    public static WebKeyPlace ByDiscovery { get; } = new(null, null, null, null);
}

/// <summary>An issuer's keys can't be had; says why.</summary>
public sealed class WebKeyFault(string message) : Exception(message);
