using Sento.Identity.Principals;

namespace Sento.ControlPlane.Api;

/// <summary>Who makes a call.</summary>
/// <param name="Name">For the audit log: an ARN, or local:USER.</param>
/// <param name="Principal">
/// Whose policies decide; null: the person at this machine, who holds the key ring and so may do everything.
/// </param>
public sealed record Caller(string Name, Principal? Principal, string? SourceAddress, bool IsTls)
{
    public static Caller Local() => new($"local:{Environment.UserName}", null, null, IsTls: false);
}
