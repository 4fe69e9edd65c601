using System.Diagnostics.CodeAnalysis;
using Sento.Identity.Principals;

namespace Sento.Identity.SigV4;

/// <summary>Either who signed a request, or why it is refused.</summary>
public sealed record SigV4Result
{
    private SigV4Result()
    {
    }

    [MemberNotNullWhen(true, nameof(Principal), nameof(Scope))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsVerified => Principal is not null;

    public Principal? Principal { get; private init; }

    public CredentialScope? Scope { get; private init; }

    public DateTimeOffset SignedAt { get; private init; }

    public SigV4Refusal? Refusal { get; private init; }

    internal static SigV4Result Verified(
        Principal principal, CredentialScope scope, DateTimeOffset signedAt) =>
        new() { Principal = principal, Scope = scope, SignedAt = signedAt };

    internal static SigV4Result Refused(SigV4Refusal refusal) => new() { Refusal = refusal };
}
