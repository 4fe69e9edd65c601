using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>All of a secret but its values; also of one that waits to be deleted.</summary>
internal static class DescribeSecret
{
    public static void Run(SecretsCall call) =>
        SecretView.Write(call, call.Secret(mayBeDeleted: true), "VersionIdsToStages");
}
