using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>Of the copies that a secret has elsewhere; it has none.</summary>
internal static class RemoveRegionsFromReplication
{
    public static void Run(SecretsCall call)
    {
        var regions = call.Input.Texts("RemoveReplicaRegions", 50, 128)
            ?? throw Parameters.Missing("RemoveReplicaRegions");
        var record = call.Secret();
        if (!regions.IsEmpty)
            throw ApiFault.InvalidParameter($"The secret has no replica in {string.Join(", ", regions)}.");
        call.Output.WriteString("ARN", record.Arn);
        call.WriteTexts("ReplicationStatus", []);
    }
}
