using Sento.Model;
using Sento.Vault;
using Sento.Vault.Keys;

namespace Sento.Host.Vaults;

/// <summary>Where a vault and its keys are: as configured, else where Sento keeps its state.</summary>
internal sealed record VaultPlace(string Folder, string KeyRing)
{
    private const string FolderVariable = "SENTO_VAULT";
    private const string KeyRingVariable = "SENTO_KEY_RING";

    public static VaultPlace Of(string? folder, string? keyRing)
    {
        folder ??= Environment.GetEnvironmentVariable(FolderVariable)
            ?? Path.Combine(StateFolder.Path, "vault");
        folder = Path.GetFullPath(folder);
        keyRing ??= Environment.GetEnvironmentVariable(KeyRingVariable)
            ?? $"file:{Path.Combine(Path.GetDirectoryName(folder) ?? folder, "vault-keys")}";
        return new VaultPlace(folder, keyRing);
    }

    public static VaultPlace Of(VaultConfig config) => Of(config.Folder, config.KeyRing);

    /// <summary>Another vault than this process's own.</summary>
    public static VaultPlace Beside(string folder, string? keyRing)
    {
        folder = Path.GetFullPath(folder);
        return new VaultPlace(
            folder, keyRing ?? $"file:{Path.Combine(Path.GetDirectoryName(folder) ?? folder, "vault-keys")}");
    }

    public bool Exists => SecretVault.Exists(Folder);

    /// <exception cref="VaultFault">What it says is no source of keys.</exception>
    public KeyRingSource Ring => KeyRingSource.TryParse(KeyRing, out var source)
        ? source
        : throw new VaultFault(KeyRingSource.Check(KeyRing)!);

    public SecretVault Open() => SecretVault.Open(Folder, Ring);
}
