using System.Collections.Immutable;
using System.Security.Cryptography;
using Sento.Vault;

namespace Sento.ControlPlane.Replication;

/// <summary>One copy that is behind, brought up to date once. Used by one thread at a time.</summary>
internal sealed class ReplicaTask(
    SecretVault vault, SecretRecord record, SecretReplica replica, Action<string> report)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryMax = TimeSpan.FromMinutes(5);

    /// <summary>How a failure begins of a region that did not answer at all.</summary>
    private const string Unreachable = "Its region does not answer: ";

    public static bool IsDone(SecretRecord record, SecretReplica replica) =>
        !replica.IsLeaving && replica.Holds == ReplicaMessage.DigestOf(record, replica);

    public bool IsUnreachable =>
        replica.LastFailure?.StartsWith(Unreachable, StringComparison.Ordinal) == true;

    public bool WaitsAt(DateTimeOffset now) => replica.RetryDate > now;

    /// <returns>False: the region does not answer, and the next copy need not be tried.</returns>
    /// <param name="there">Null: the configuration does not say where the region is.</param>
    public async Task<bool> RunAsync(IReplicaVault? there, CancellationToken cancellation)
    {
        try
        {
            if (there is null)
                throw new ReplicaFault(
                    "", $"Vault.Replicas of the configuration names no region {replica.Region}");
            if (replica.IsLeaving)
                await RemoveAsync(there, cancellation);
            else
                await BringUpAsync(there, cancellation);
            return true;
        }
        catch (ReplicaFault fault) when (fault.Code == ReplicaMessage.Promoted)
        {
            Change(replicas => replicas.Remove(Known(replicas)!));
            report($"Secret {record.Name}: its copy in {replica.Region} is a secret of its own now.");
            return true;
        }
        catch (ReplicaFault fault)
        {
            Fail((fault.Code.Length == 0 ? Unreachable : "") + fault.Message);
            return fault.Code.Length > 0;
        }
    }

    private async Task RemoveAsync(IReplicaVault there, CancellationToken cancellation)
    {
        await there.CallAsync(
            ReplicaMessage.Remove, ReplicaMessage.OfRemoval(record, replica), cancellation);
        Change(replicas => replicas.Remove(Known(replicas)!));
    }

    private async Task BringUpAsync(IReplicaVault there, CancellationToken cancellation)
    {
        var digest = ReplicaMessage.DigestOf(record, replica);
        await PutAsync(there, cancellation);
        Update(known => known with
        {
            Holds = digest,
            OverwritesOther = false,
            FailureCount = 0,
            LastFailure = null,
            RetryDate = null,
        });
        if (replica.LastFailure is not null)
            report($"Secret {record.Name}: its copy in {replica.Region} is up to date again.");
    }

    private async Task PutAsync(IReplicaVault there, CancellationToken cancellation)
    {
        var missing = ReplicaMessage.Missing(await there.CallAsync(
            ReplicaMessage.Put, ReplicaMessage.OfSecret(record, replica, null), cancellation));
        // Each version once: an other side that never has enough must not keep us for ever.
        foreach (var version in record.Versions.Where(version => missing.Contains(version.Id)))
        {
            using var value = vault.ReadValue(record, version);
            if (value is null)
                continue;
            var message = ReplicaMessage.OfSecret(record, replica, (version, value));
            try
            {
                missing = ReplicaMessage.Missing(
                    await there.CallAsync(ReplicaMessage.Put, message, cancellation));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(message);
            }
        }
        if (!missing.IsEmpty)
            throw new ReplicaFault(
                "Incomplete", $"it lacks version {missing[0]}, which is not here any more");
    }

    private void Fail(string why)
    {
        var wait = TimeSpan.FromTicks(
            Math.Min(RetryMax.Ticks, FirstRetry.Ticks << Math.Min(replica.FailureCount, 10)));
        Update(known => known with
        {
            FailureCount = known.FailureCount + 1,
            LastFailure = why,
            RetryDate = DateTimeOffset.UtcNow + wait,
        });
        if (replica.LastFailure != why)
            report($"Secret {record.Name} can't be copied to {replica.Region}: {why}");
    }

    private void Update(Func<SecretReplica, SecretReplica> change) =>
        Change(replicas => replicas.Replace(Known(replicas)!, change(Known(replicas)!)));

    /// <summary>Not if somebody has asked for something else of this copy meanwhile.</summary>
    private void Change(Func<ImmutableArray<SecretReplica>, ImmutableArray<SecretReplica>> change) =>
        vault.Write(writer =>
    {
        if (vault.Find(record.Arn) is { Replicas: { } replicas } current && Known(replicas) is not null)
            writer.Put(current with { Replicas = change(replicas) });
        return 0;
    });

    private SecretReplica? Known(ImmutableArray<SecretReplica> replicas) => replicas.FirstOrDefault(
        known => known.Region == replica.Region && known.IsLeaving == replica.IsLeaving);
}
