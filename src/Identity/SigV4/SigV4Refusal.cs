namespace Sento.Identity.SigV4;

public enum SigV4Error
{
    MissingAuthenticationToken,
    IncompleteSignature,

    /// <summary>The key is unknown, inactive or deleted, or its session token is not its own.</summary>
    UnknownCredentials,
    ExpiredToken,

    /// <summary>Wrong signature, scope or time.</summary>
    SignatureDoesNotMatch,
    RequestTooLarge,
}

/// <summary>Why a request was refused, in AWS's words.</summary>
/// <param name="Message">For the client; holds no secret and no session token.</param>
public sealed record SigV4Refusal(SigV4Error Error, string Message)
{
    /// <summary>The code in XML answers (RDS, STS, IAM).</summary>
    public string QueryCode => Error switch
    {
        SigV4Error.MissingAuthenticationToken => "MissingAuthenticationToken",
        SigV4Error.IncompleteSignature => "IncompleteSignature",
        SigV4Error.UnknownCredentials => "InvalidClientTokenId",
        SigV4Error.ExpiredToken => "ExpiredToken",
        SigV4Error.RequestTooLarge => "RequestEntityTooLarge",
        _ => "SignatureDoesNotMatch",
    };

    /// <summary>HTTP status of XML answers.</summary>
    public int QueryStatus => Error switch
    {
        SigV4Error.IncompleteSignature => 400,
        SigV4Error.RequestTooLarge => 413,
        _ => 403,
    };

    /// <summary>The code in JSON answers (Secrets Manager).</summary>
    public string JsonCode => Error switch
    {
        SigV4Error.MissingAuthenticationToken => "MissingAuthenticationTokenException",
        SigV4Error.IncompleteSignature => "IncompleteSignatureException",
        SigV4Error.UnknownCredentials => "UnrecognizedClientException",
        SigV4Error.ExpiredToken => "ExpiredTokenException",
        SigV4Error.RequestTooLarge => "RequestEntityTooLargeException",
        _ => "InvalidSignatureException",
    };

    /// <summary>HTTP status of JSON answers.</summary>
    public int JsonStatus => Error == SigV4Error.RequestTooLarge ? 413 : 400;
}
