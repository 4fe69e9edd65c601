using System.Collections.Immutable;

namespace Sento.ControlPlane.Replication;

/// <summary>The regions that secrets can be copied to, and where they are. Any thread.</summary>
public sealed class ReplicaRegions : IDisposable
{
    private volatile ImmutableSortedDictionary<string, IReplicaVault> _vaults =
        ImmutableSortedDictionary<string, IReplicaVault>.Empty;

    /// <summary>For whoever works on a vault without serving it: copies are the serving process's.</summary>
    public static ReplicaRegions Unknown { get; } = new() { _isKnown = false };

    private bool _isKnown = true;

    public IEnumerable<string> Names => _vaults.Keys;

    /// <summary>Whether copies may be asked for there.</summary>
    public bool Takes(string region) => !_isKnown || _vaults.ContainsKey(region);

    public IReplicaVault? Find(string region) => _vaults.GetValueOrDefault(region);

    /// <summary>The configuration was read: these, and no others.</summary>
    public void Apply(ImmutableSortedDictionary<string, IReplicaVault> vaults)
    {
        var before = _vaults;
        _vaults = vaults;
        foreach (var vault in before.Values.Except(vaults.Values))
            vault.Dispose();
    }

    public void Dispose() => Apply(ImmutableSortedDictionary<string, IReplicaVault>.Empty);
}
