namespace Sento.MySql.SignIn;

/// <summary>Names of the ways to prove a password, as they go over the wire.</summary>
internal static class AuthPlugin
{
    public const string Native = "mysql_native_password";
    public const string CachingSha2 = "caching_sha2_password";
    public const string Clear = "mysql_clear_password";
    public const string Ed25519 = "client_ed25519";
    public const string Parsec = "parsec";

    /// <summary>A client may prove its password so, whatever else its server would prefer.</summary>
    public static bool IsServed(string name) => name is Native or CachingSha2 or Ed25519 or Parsec;
}
