using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>Makes a copy a secret of its own; no secret here is a copy.</summary>
internal static class StopReplicationToReplica
{
    public static void Run(SecretsCall call)
    {
        call.Secret();
        throw ApiFault.InvalidRequest("The secret is not a replica of a secret in another region.");
    }
}
