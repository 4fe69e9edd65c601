using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>The secret's own policy, as a string.</summary>
internal static class GetResourcePolicy
{
    public static void Run(SecretsCall call)
    {
        var record = call.Secret(mayBeDeleted: true);
        call.WriteIdentity(record);
        call.Write("ResourcePolicy", record.ResourcePolicy);
    }
}
