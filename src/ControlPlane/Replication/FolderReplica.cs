using Sento.ControlPlane.Api;
using Sento.ControlPlane.Rotation;
using Sento.Vault;
using Sento.Vault.Keys;

namespace Sento.ControlPlane.Replication;

/// <summary>The vault of another region in a folder of this machine, with keys of its own.</summary>
/// <param name="keyRing">As <see cref="KeyRingSource"/> reads it.</param>
public sealed class FolderReplica(string folder, string keyRing) : IReplicaVault
{
    private static readonly Caller Us = new("sento:replication", null, null, IsTls: false);

    private readonly Lock _lock = new();
    private SecretVault? _vault;
    private bool _isDisposed;

    public async Task<byte[]> CallAsync(string operation, byte[] body, CancellationToken cancellation)
    {
        await Task.CompletedTask;
        lock (_lock)
        {
            try
            {
                _vault ??= Open();
                var service = new SecretsService(_vault, RotationFunctions.BuiltIn, ReplicaRegions.Unknown);
                return service.Run(Us, operation, body, DateTimeOffset.UtcNow);
            }
            catch (ApiFault fault)
            {
                throw new ReplicaFault(fault.Code, fault.Message);
            }
            catch (VaultFault fault)
            {
                // Whatever is wrong with it may be put right by then: it is opened anew.
                Close();
                throw new ReplicaFault("", fault.Message);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            Close();
        }
    }

    private SecretVault Open()
    {
        if (_isDisposed)
            throw new ReplicaFault("", "the configuration has changed");
        return KeyRingSource.TryParse(keyRing, out var ring)
            ? SecretVault.Open(folder, ring)
            : throw new ReplicaFault("", KeyRingSource.Check(keyRing)!);
    }

    private void Close()
    {
        _vault?.Dispose();
        _vault = null;
    }
}
