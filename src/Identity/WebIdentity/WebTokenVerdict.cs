namespace Sento.Identity.WebIdentity;

/// <summary>What became of a web identity token (a JWT): for logs and the audit.</summary>
public enum WebTokenVerdict
{
    Good,
    TooLong,

    /// <summary>Not three parts of base64url with JSON in them, or a member that makes no sense.</summary>
    Malformed,

    /// <summary>Signed by none, by a shared secret, or by what its key is not for.</summary>
    AlgorithmRefused,
    IssuerUnknown,

    /// <summary>The issuer's keys are not there, and could not be had.</summary>
    KeysMissing,

    /// <summary>The issuer has no such key, or none any more.</summary>
    KeyUnknown,
    SignatureWrong,
    AudienceWrong,
    Expired,
    FromTheFuture,
}
