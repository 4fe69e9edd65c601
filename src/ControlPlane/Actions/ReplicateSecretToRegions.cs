using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>Refused: this vault keeps no copies in other regions.</summary>
internal static class ReplicateSecretToRegions
{
    public static void Run(SecretsCall call)
    {
        call.Secret();
        throw Replicas.Refusal();
    }
}
