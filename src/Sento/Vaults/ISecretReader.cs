using Sento.Model;
using Sento.Vault;

namespace Sento.Host.Vaults;

/// <summary>Where secrets come from: the vault, AWS, files, the environment.</summary>
internal interface ISecretReader
{
    /// <summary>
    /// What the secret says now, with the passwords before and to come where the source knows them.
    /// </summary>
    /// <param name="id">The name or ARN, without the source's prefix.</param>
    /// <param name="name">What the result is called.</param>
    /// <exception cref="SecretFault">It can't be read, or is no secret of a database's.</exception>
    Task<SecretConfig> ReadAsync(string id, string name, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>A secret can't be had; says why, without a secret.</summary>
internal sealed class SecretFault(string message) : Exception(message), IOwnWords;
