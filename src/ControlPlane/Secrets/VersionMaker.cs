using System.Collections.Immutable;
using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>Gives a secret a new version, once for each token.</summary>
internal static class VersionMaker
{
    /// <summary>
    /// The record with the version. A token used before with the same value changes nothing; with another one
    /// it is refused.
    /// </summary>
    public static SecretRecord Make(
        SecretsCall call, SecretRecord record, string token, SecretValue value, ImmutableArray<string> stages)
    {
        call.VersionId = token;
        if (record.Find(token) is { HasValue: true } before)
        {
            using var known = call.Vault.ReadValue(record, before)!;
            if (known.IsSame(value))
                return record;
            throw new ApiFault(
                "ResourceExistsException",
                $"You can't use ClientRequestToken {token} because that value is already in use for a "
                + "version of "
                + $"secret {record.Arn}.");
        }
        // The very first one is current whatever was asked for: a secret with a value has a current one.
        if (record.Holder(Stage.Current) is null)
            stages = [Stage.Current, .. stages.Where(stage => stage != Stage.Current)];
        var pending = record.Find(token);
        record = record.With(pending is null
            ? new SecretVersion(token, [], call.Now)
            : pending with { HasValue = true, CreatedDate = call.Now });
        record = StagingLabels.Attach(record, token, stages) with { LastChangedDate = call.Now };
        (record, var forgotten) = StagingLabels.Prune(record, call.Now);
        foreach (var id in forgotten)
            call.Changes.RemoveValue(record.Arn, id);
        call.Changes.PutValue(record.Arn, token, value);
        return record;
    }
}
