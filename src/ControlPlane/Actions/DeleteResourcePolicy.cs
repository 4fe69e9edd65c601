using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>Takes the secret's own policy away.</summary>
internal static class DeleteResourcePolicy
{
    public static void Run(SecretsCall call)
    {
        var record = call.Secret();
        call.Changes.Put(record with { ResourcePolicy = null });
        call.WriteIdentity(record);
    }
}
