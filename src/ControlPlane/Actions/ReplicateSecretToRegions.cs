using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>Asks for copies in other regions, which the serving process makes and keeps up to date.</summary>
internal static class ReplicateSecretToRegions
{
    public static void Run(SecretsCall call)
    {
        var hasRegions = Replicas.Tell(call);
        var record = call.Secret();
        if (!hasRegions)
            throw Parameters.Missing("AddReplicaRegions");
        record = Replicas.Add(call, record);
        call.Changes.Put(record);
        call.Output.WriteString("ARN", record.Arn);
        Replicas.WriteStatus(call, record);
    }
}
