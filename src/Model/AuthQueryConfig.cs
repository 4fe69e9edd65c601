namespace Sento.Model;

/// <summary>Where the role's or account's verifier is looked up when no secret names the role.</summary>
/// <param name="SecretArn">The privileged secret that signs in for the look-up.</param>
/// <param name="Database">The database the look-up runs in; empty: postgres, or with MYSQL none.</param>
/// <param name="Query">
/// One parameter, the role name; two columns, name and verifier; with MYSQL name, plugin, verifier and, if
/// wanted, the account's host. Null: the built-in one.
/// </param>
public sealed record AuthQueryConfig(string SecretArn, string Database, string? Query)
{
    /// <summary>
    /// What <paramref name="SecretArn"/> names. Not an entry of Auth: no client may sign in with it.
    /// </summary>
    public required SecretConfig Secret { get; init; }
}
