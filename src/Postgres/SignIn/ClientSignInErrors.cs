using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>What a refused client is told.</summary>
/// <remarks>
/// RDS Proxy says "has no credentials for the role" to one and "the password is wrong" to another, so
/// that anybody may ask which roles exist. We use PostgreSQL's message, which drivers and people know,
/// for both, and put both of RDS's reasons into one hint. Which it was stands in our log. RDS's message
/// for tokens names only the token, whether or not the role exists: it stays as it is.
/// </remarks>
internal static class ClientSignInErrors
{
    public static SignInError CertificateMissing { get; } =
        Unauthorized("connection requires a valid client certificate");

    public static SignInError EmptyPassword { get; } =
        new(SqlState.InvalidPassword, "empty password returned by client");

    public static SignInError WrongPassword(string user) => new(
        SqlState.InvalidPassword,
        $"password authentication failed for user \"{user}\"",
        Hint: $"Either this proxy has no credentials for the role {user} or the password that was provided is"
            + " wrong. Check the credentials for this role and try again.");

    public static SignInError Token(string user) => new(
        SqlState.InvalidPassword,
        $"The IAM authentication failed for the role {user}."
        + " Check the IAM token for this role and try again.");

    public static SignInError TokensTooMany { get; } = new(
        "53300", "The IAM authentication failed because of too many competing requests.",
        Hint: "TokenSignInsPerSecond of this proxy bounds how often one principal may sign in. Try again"
            + " later, or raise it.");

    public static SignInError TlsMissing(bool isToken) => isToken
        ? Unauthorized("IAM authentication is allowed only with SSL connections.")
        : Unauthorized("password authentication in clear text is allowed only with SSL connections");

    public static SignInError Certificate(string user) =>
        Unauthorized($"certificate authentication failed for user \"{user}\"");

    public static SignInError Trust(string user) =>
        Unauthorized($"\"trust\" authentication failed for user \"{user}\"");

    private static SignInError Unauthorized(string message) =>
        new(SqlState.InvalidAuthorizationSpecification, message);
}
