using Sento.Vault;

namespace Sento.ControlPlane.Rotation;

/// <summary>The beginning of a rotation: an empty version that carries AWSPENDING. Pure.</summary>
internal static class RotationStart
{
    public static SecretRecord Begin(SecretRecord record, string token, DateTimeOffset now)
    {
        if (record.Find(token) is null)
            record = record.With(new SecretVersion(token, [], now, HasValue: false));
        return StagingLabels.Attach(record, token, [Stage.Pending]);
    }
}
