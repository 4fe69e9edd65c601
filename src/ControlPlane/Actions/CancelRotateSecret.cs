using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// No further rotations; one under way is given up. AWSPENDING stays where it is, as at AWS.
/// </summary>
internal static class CancelRotateSecret
{
    public static void Run(SecretsCall call)
    {
        var record = call.Secret();
        if (record.Rotation is { } rotation)
        {
            record = record with
            {
                Rotation = rotation with { IsOn = false, PendingToken = null, NextRotationDate = null },
            };
            // A version that was never filled would be in the way of the next rotation for ever.
            if (record.Holder(Stage.Pending) is { HasValue: false } empty)
                record = record with { Versions = record.Versions.Remove(empty) };
            call.Changes.Put(record);
        }
        call.WriteIdentity(record);
        call.Write("VersionId", record.Holder(Stage.Pending)?.Id ?? record.Holder(Stage.Current)?.Id);
    }
}
