using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>Takes the mark of deletion off a secret.</summary>
internal static class RestoreSecret
{
    public static void Run(SecretsCall call)
    {
        var record = call.Secret(mayBeDeleted: true);
        if (record.IsDeleted)
            call.Changes.Put(record with { DeletedDate = null, GoneDate = null });
        call.WriteIdentity(record);
    }
}
