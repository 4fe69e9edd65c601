using System.Collections.Immutable;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Replication;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>Copies in other regions as requests ask for them and answers show them.</summary>
internal static class Replicas
{
    public const int RegionsMax = 50;

    /// <summary>The secret with the copies that AddReplicaRegions asks for, if it does.</summary>
    public static SecretRecord Add(SecretsCall call, SecretRecord record)
    {
        if (call.Input.Items("AddReplicaRegions", RegionsMax) is not { } items)
            return record;
        var overwrites = call.Input.Flag("ForceOverwriteReplicaSecret") ?? false;
        var replicas = record.Replicas ?? [];
        foreach (var item in items)
        {
            var region = RegionOf(item);
            if (region == call.Vault.Region || !call.Regions.Takes(region))
                throw ApiFault.InvalidParameter($"Invalid replica region.{Known(call)}");
            // Asked for again: what went wrong before may be right now.
            replicas = replicas.RemoveAll(known => known.Region == region).Add(new SecretReplica(region)
            {
                KmsKeyId = item.Text("KmsKeyId", 0, 2048),
                OverwritesOther = overwrites,
            });
        }
        return record with { Replicas = replicas };
    }

    /// <summary>What policies may ask of a request for copies.</summary>
    /// <returns>Whether it asks for any.</returns>
    public static bool Tell(SecretsCall call)
    {
        var items = call.Input.Items("AddReplicaRegions", RegionsMax) ?? [];
        var overwrites = call.Input.Flag("ForceOverwriteReplicaSecret");
        if (!items.IsEmpty)
            call.Tell("secretsmanager:AddReplicaRegions", [.. items.Select(RegionOf)]);
        if (!items.IsEmpty || overwrites is not null)
            call.Tell("secretsmanager:ForceOverwriteReplicaSecret", overwrites is true ? "true" : "false");
        return !items.IsEmpty;
    }

    public static void WriteStatus(SecretsCall call, SecretRecord record)
    {
        call.Output.WriteStartArray("ReplicationStatus");
        foreach (var replica in Shown(record))
        {
            call.Output.WriteStartObject();
            call.Output.WriteString("Region", replica.Region);
            call.Write("KmsKeyId", replica.KmsKeyId);
            call.Output.WriteString("Status", StatusOf(record, replica));
            call.Write("StatusMessage", replica.LastFailure is { } why ? $"Replication failed: {why}" : null);
            call.Output.WriteEndObject();
        }
        call.Output.WriteEndArray();
    }

    /// <summary>Those that somebody still wants.</summary>
    public static IEnumerable<SecretReplica> Shown(SecretRecord record) =>
        (record.Replicas ?? []).Where(replica => !replica.IsLeaving);

    public static string StatusOf(SecretRecord record, SecretReplica replica) =>
        replica.LastFailure is not null ? "Failed"
            : ReplicaTask.IsDone(record, replica) ? "InSync" : "InProgress";

    private static string RegionOf(Parameters item) => item.Required("Region", 1, 128);

    private static string Known(SecretsCall call) =>
        $" This vault is in {call.Vault.Region}; Vault.Replicas of its configuration names "
        + (call.Regions.Names.Any() ? string.Join(", ", call.Regions.Names) : "no others");
}
