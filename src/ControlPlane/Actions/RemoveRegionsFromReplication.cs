using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>Ends the copies in these regions, as soon as each can be reached.</summary>
internal static class RemoveRegionsFromReplication
{
    public static void Run(SecretsCall call)
    {
        var regions = call.Input.Texts("RemoveReplicaRegions", Replicas.RegionsMax, 128)
            ?? throw Parameters.Missing("RemoveReplicaRegions");
        var record = call.Secret();
        if (record.Replicas is { } replicas)
        {
            record = record with
            {
                Replicas = [.. replicas.Select(replica => regions.Contains(replica.Region)
                    ? replica with { IsLeaving = true, RetryDate = null } : replica)],
            };
            call.Changes.Put(record);
        }
        call.Output.WriteString("ARN", record.Arn);
        Replicas.WriteStatus(call, record);
    }
}
