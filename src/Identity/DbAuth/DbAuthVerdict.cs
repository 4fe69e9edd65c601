using Sento.Identity.Policies;
using Sento.Identity.Principals;

namespace Sento.Identity.DbAuth;

/// <summary>
/// What became of a sign-in token. For the audit: the client is told one thing for all but Good.
/// </summary>
public enum DbAuthVerdict
{
    Good,

    /// <summary>A password, or nothing that this proxy knows.</summary>
    NotAToken,
    TooLong,

    /// <summary>A broken escape, a parameter that is missing or makes no sense.</summary>
    Malformed,
    ParameterRepeated,
    ParameterUnknown,

    /// <summary>Action is not connect.</summary>
    ActionWrong,
    ServiceWrong,
    RegionWrong,

    /// <summary>Made for a host that this endpoint is not known by.</summary>
    HostWrong,
    PortWrong,

    /// <summary>Made for another database user than the one who signs in.</summary>
    UserWrong,
    Expired,

    /// <summary>Made by a clock that is ahead by more than the skew.</summary>
    FromTheFuture,
    KeyUnknown,
    KeyInactive,
    SessionTokenMissing,
    SessionTokenInvalid,
    SessionExpired,
    SignatureWrong,

    /// <summary>Of a web identity token: nobody trusts who has issued it.</summary>
    IssuerUnknown,

    /// <summary>The issuer's keys could not be had.</summary>
    KeysMissing,

    /// <summary>Signed by none, by a shared secret, or by what its key is not for.</summary>
    AlgorithmRefused,

    /// <summary>Made for somebody else than us.</summary>
    AudienceWrong,

    /// <summary>Genuine, and nobody of ours.</summary>
    UserUnmapped,

    /// <summary>AWS does not take the bearer for anybody.</summary>
    StsRefused,

    /// <summary>AWS could not be asked.</summary>
    StsUnreachable,

    /// <summary>No policy allows rds-db:connect.</summary>
    PolicyAbsent,

    /// <summary>A policy denies it.</summary>
    PolicyDenies,
}

/// <param name="AccessKeyId">As the token says, believed or not; null: it could not be read.</param>
/// <param name="Principal">Set once the signature was right.</param>
/// <param name="Decision">Set once policies were asked.</param>
/// <param name="ExpiresAt">When a good token ends; it may be used until then.</param>
public sealed record DbAuthResult(
    DbAuthVerdict Verdict, string? AccessKeyId = null, Principal? Principal = null, Decision? Decision = null,
    DateTimeOffset ExpiresAt = default)
{
    public bool IsGood => Verdict == DbAuthVerdict.Good;

    /// <summary>Who somebody else says it is, where somebody else has proved it; null: nobody has.</summary>
    public string? Bearer { get; init; }

    /// <summary>What was shown, for logs.</summary>
    public string Proof => Bearer ?? $"access key {AccessKeyId ?? "unknown"}";
}
