using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>Moves a label from one version to another, or takes it off.</summary>
internal static class UpdateSecretVersionStage
{
    public static void Run(SecretsCall call)
    {
        var stage = call.Input.Required("VersionStage", 1, 256);
        var from = call.Input.Text("RemoveFromVersionId", 32, 64);
        var to = call.Input.Text("MoveToVersionId", 32, 64);
        call.Tell("secretsmanager:VersionStage", stage);
        var record = call.Secret();
        if (from is null && to is null)
            throw ApiFault.InvalidParameter(
                "You must provide at least one of RemoveFromVersionId and MoveToVersionId.");
        CheckHolder(record, stage, from, to);
        var changed = to is null ? Remove(record, stage) : Move(record, stage, to);
        if (!ReferenceEquals(changed, record))
            call.Changes.Put(changed with { LastChangedDate = call.Now });
        call.VersionId = to ?? from;
        call.WriteIdentity(record);
    }

    /// <summary>A label is taken only from the version that the caller believes it on.</summary>
    private static void CheckHolder(SecretRecord record, string stage, string? from, string? to)
    {
        if (to is not null && record.Find(to) is null)
            throw ApiFault.ValueNotFound($"VersionId: {to}");
        if (from is not null && record.Find(from) is null)
            throw ApiFault.ValueNotFound($"VersionId: {from}");
        var holder = record.Holder(stage)?.Id;
        if (from is null && holder is not null && holder != to)
        {
            throw ApiFault.InvalidParameter(
                $"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently "
                + "attached to "
                + $"version {holder}, so you must explicitly reference that version in RemoveFromVersionId.");
        }
        if (from is not null && holder != from)
        {
            throw ApiFault.InvalidParameter(holder is null
                ? $"Staging label {stage} is not attached to version {from}."
                : $"Staging label {stage} is currently attached to version {holder}, not to version {from}.");
        }
    }

    private static SecretRecord Remove(SecretRecord record, string stage)
    {
        if (stage == Stage.Current)
            throw ApiFault.InvalidParameter(
                "You can only move staging label AWSCURRENT to a different secret version. It can't be "
                + "completely "
                + "removed.");
        return StagingLabels.Detach(record, stage);
    }

    private static SecretRecord Move(SecretRecord record, string stage, string to)
    {
        var target = record.Find(to)!;
        if (!target.Has(stage) && target.Stages.Length >= PutSecretValue.StagesMax)
            throw new ApiFault(
                "LimitExceededException", $"A version can have {PutSecretValue.StagesMax} staging labels at "
                + "most.");
        return StagingLabels.Attach(record, to, [stage]);
    }
}
