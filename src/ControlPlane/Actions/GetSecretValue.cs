using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>The value of one version: AWSCURRENT unless told otherwise.</summary>
internal static class GetSecretValue
{
    public static void Run(SecretsCall call)
    {
        var versionId = call.Input.Text("VersionId", 32, 64);
        var stage = call.Input.Text("VersionStage", 1, 256);
        if (versionId is not null)
            call.Tell("secretsmanager:VersionId", versionId);
        if (stage is not null || versionId is null)
            call.Tell("secretsmanager:VersionStage", stage ?? Stage.Current);
        var record = call.Secret();
        var version = Choose(record, versionId, stage);
        Write(call, record, version);
    }

    public static SecretVersion Choose(SecretRecord record, string? versionId, string? stage)
    {
        if (versionId is null)
        {
            var holder = record.Holder(stage ?? Stage.Current);
            return holder is { HasValue: true }
                ? holder
                : throw ApiFault.ValueNotFound($"staging label: {stage ?? Stage.Current}");
        }
        if (record.Find(versionId) is not { HasValue: true } version)
            throw ApiFault.ValueNotFound($"VersionId: {versionId}");
        return stage is null || version.Has(stage)
            ? version
            : throw ApiFault.InvalidRequest(
                "You provided a VersionStage that is not associated to the provided VersionId.");
    }

    public static void Write(SecretsCall call, SecretRecord record, SecretVersion version)
    {
        using var value = call.Vault.ReadValue(record, version)!;
        LastAccess.Note(call.Vault, record, version, call.Now);
        (call.SecretArn, call.VersionId) = (record.Arn, version.Id);
        call.WriteIdentity(record);
        call.Output.WriteString("VersionId", version.Id);
        if (value.IsText)
            call.Output.WriteString("SecretString", value.Bytes.Span);
        else
            call.Output.WriteBase64String("SecretBinary", value.Bytes.Span);
        call.WriteTexts("VersionStages", version.Stages);
        call.Write("CreatedDate", version.CreatedDate);
    }
}
