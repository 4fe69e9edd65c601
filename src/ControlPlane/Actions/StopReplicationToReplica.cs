using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>Makes a copy a secret of its own: asked of the vault that the copy is in.</summary>
internal static class StopReplicationToReplica
{
    public static void Run(SecretsCall call)
    {
        var record = call.Secret();
        if (record.PrimaryRegion is null)
            throw ApiFault.InvalidRequest("The secret is not a replica of a secret in another region.");
        call.Changes.Put(record with { PrimaryRegion = null, LastChangedDate = call.Now });
        call.Output.WriteString("ARN", record.Arn);
    }
}
