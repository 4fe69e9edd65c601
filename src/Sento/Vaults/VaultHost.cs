using System.Collections.Immutable;
using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.ControlPlane.WebIdentity;
using Sento.DataPlane.Metrics;
using Sento.Model;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.Host.Vaults;

/// <summary>The vault of a serving process, and what works on it. Lives as long as the process.</summary>
internal sealed class VaultHost : IDisposable
{
    private readonly SecretVault _vault;
    private readonly RotationEngine _rotation;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _rotating;
    private readonly Task _replicating;
    private readonly RotationFunctions _functions;
    private readonly ReplicaRegions _regions = new();
    private readonly ReplicationEngine _replication;
    private ImmutableArray<ReplicaConfig> _replicas = [];

    private VaultHost(SecretVault vault, VaultConfig config, WebKeyBook keys, Log log)
    {
        _vault = vault;
        _functions = new RotationFunctions(HooksOf(config));
        Identities = new IdentityStore(vault);
        Api = new AwsApi(
            vault, Identities, _functions, _regions, keys,
            text => log.Write(LogLevel.Error, LogEvent.Note, LogScope.Process, $"{text}"));
        _rotation = new RotationEngine(
            vault, _functions,
            text => log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, $"{text}"));
        _replication = new ReplicationEngine(
            vault, _regions, text => log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, $"{text}"));
        Apply(config);
        SignIns = new SignInBook(entry => Write(entry, log));
        _rotating = Task.Run(() => _rotation.RunAsync(_end.Token));
        _replicating = Task.Run(() => _replication.RunAsync(_end.Token));
    }

    public AwsApi Api { get; }

    /// <summary>Takes sign-ins with tokens from loops.</summary>
    public SignInBook SignIns { get; }

    public IdentityStore Identities { get; }

    public SecretVault Vault => _vault;

    /// <param name="keys">Of who issues web identity tokens.</param>
    /// <returns>
    /// The vault; or why one that is configured can't be had; or neither, where nobody has made one.
    /// </returns>
    public static (VaultHost? Host, string? Fault) Open(
        VaultConfig config, WebKeyBook keys, Log log)
    {
        var place = VaultPlace.Of(config);
        if (config.Folder is null && !place.Exists)
            return (null, null);
        try
        {
            return (new VaultHost(place.Open(), config, keys, log), null);
        }
        catch (VaultFault fault)
        {
            return (null, $"vault: {fault.Message}");
        }
    }

    /// <summary>What may change while it is open: hooks and the places of copies.</summary>
    public void Apply(VaultConfig config)
    {
        _functions.Apply(HooksOf(config));
        if (_replicas.SequenceEqual(config.Replicas))
            return;
        _replicas = config.Replicas;
        _regions.Apply(_replicas.ToImmutableSortedDictionary(replica => replica.Region, ReplicaOf));
    }

    public void Dispose()
    {
        _end.Cancel();
        try
        {
            Task.WaitAll([_rotating, _replicating], TimeSpan.FromSeconds(5));
        }
        catch (AggregateException)
        {
            // What failed in the background is no reason to leave the vault open.
        }
        _rotation.Dispose();
        _replication.Dispose();
        _regions.Dispose();
        SignIns.Dispose();
        Api.Dispose();
        _vault.Dispose();
        _end.Dispose();
    }

    private static IReplicaVault ReplicaOf(ReplicaConfig config)
    {
        if (config.Url is { } url)
        {
            var secret = new SecretBytes(config.SecretAccessKey!.Span);
            return new NodeReplica(new Uri(url), config.Region, config.AccessKeyId!, secret);
        }
        var place = VaultPlace.Beside(config.Folder!, config.KeyRing);
        return new FolderReplica(place.Folder, place.KeyRing);
    }

    private static ImmutableDictionary<string, Uri> HooksOf(VaultConfig config) => config.RotationHooks
        .Select(VaultProperties.HookOf).OfType<(string Name, Uri Url)>()
        .ToImmutableDictionary(hook => hook.Name, hook => hook.Url);

    private void Write(AuditEntry entry, Log log)
    {
        try
        {
            _vault.Audit.Append(entry, isDurable: false);
        }
        catch (VaultFault fault)
        {
            log.Write(LogLevel.Error, LogEvent.Note, LogScope.Process, $"{fault.Message}");
        }
    }
}
