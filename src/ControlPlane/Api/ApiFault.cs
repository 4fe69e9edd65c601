namespace Sento.ControlPlane.Api;

/// <summary>
/// An answer that is an error, in AWS's words. Caught at the API's edge; shows nothing secret.
/// </summary>
/// <param name="code">The exception's name in the service's model, or one of the framework's.</param>
public sealed class ApiFault(string code, string message, int status = 400) : Exception(message)
{
    public string Code { get; } = code;

    public int Status { get; } = status;

    public static ApiFault NotFound() =>
        new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

    public static ApiFault ValueNotFound(string what) => new(
        "ResourceNotFoundException", $"Secrets Manager can't find the specified secret value for {what}");

    public static ApiFault InvalidParameter(string message) => new("InvalidParameterException", message);

    public static ApiFault InvalidRequest(string message) => new("InvalidRequestException", message);

    public static ApiFault Validation(string message) => new("ValidationException", message);

    public static ApiFault Denied(string message) => new("AccessDeniedException", message);

    public static ApiFault Malformed(string message) => new("SerializationException", message);

    public static ApiFault Deleted() => InvalidRequest(
        "You can't perform this operation on the secret because it was marked for deletion.");

    public static ApiFault OfCopy() => InvalidParameter(
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.");

    /// <summary>The framework's errors spell their text in lower case, the service's own do not.</summary>
    public bool IsFrameworks => Code is "ValidationException" or "AccessDeniedException"
        or "SerializationException"
        or "UnknownOperationException" or "MissingAuthenticationTokenException"
            or "IncompleteSignatureException"
        or "UnrecognizedClientException" or "InvalidSignatureException" or "ExpiredTokenException"
        or "ThrottlingException" or "RequestEntityTooLargeException";
}
