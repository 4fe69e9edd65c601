namespace Sento.Vault;

/// <summary>
/// The vault can't answer: its file, its keys or its audit log are not as they must be. The text names the
/// file and the next step, never a secret.
/// </summary>
public sealed class VaultFault(string message) : Exception(message), IOwnWords;
