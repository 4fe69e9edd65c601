using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>A secret without its values, as DescribeSecret and ListSecrets show it.</summary>
internal static class SecretView
{
    /// <param name="stagesName">The two operations call the map of versions by different names.</param>
    public static void Write(SecretsCall call, SecretRecord record, string stagesName)
    {
        call.WriteIdentity(record);
        call.Write("Description", record.Description);
        call.Write("KmsKeyId", record.KmsKeyId);
        WriteRotation(call, record.Rotation);
        call.Write("LastChangedDate", record.LastChangedDate);
        call.Write("LastAccessedDate", record.LastAccessedDate);
        call.Write("DeletedDate", record.DeletedDate);
        if (record.Tags is { } tags)
            WriteTags(call, tags);
        WriteStages(call, record, stagesName);
        call.Write("OwningService", record.OwningService);
        call.Write("CreatedDate", record.CreatedDate);
        WriteReplication(call, record);
    }

    private static void WriteReplication(SecretsCall call, SecretRecord record)
    {
        var hasCopies = Replicas.Shown(record).Any();
        call.Write("PrimaryRegion", record.PrimaryRegion ?? (hasCopies ? call.Vault.Region : null));
        if (hasCopies)
            Replicas.WriteStatus(call, record);
    }

    private static void WriteRotation(SecretsCall call, SecretRotation? rotation)
    {
        if (rotation is null)
            return;
        call.Output.WriteBoolean("RotationEnabled", rotation.IsOn);
        call.Output.WriteString("RotationLambdaARN", rotation.Function);
        if (rotation.AutomaticallyAfterDays is not null || rotation.Schedule is not null)
        {
            call.Output.WriteStartObject("RotationRules");
            if (rotation.AutomaticallyAfterDays is { } days)
                call.Output.WriteNumber("AutomaticallyAfterDays", days);
            call.Write("Duration", rotation.Duration);
            call.Write("ScheduleExpression", rotation.Schedule);
            call.Output.WriteEndObject();
        }
        call.Write("LastRotatedDate", rotation.LastRotatedDate);
        if (rotation.IsOn)
            call.Write("NextRotationDate", rotation.NextRotationDate);
    }

    private static void WriteTags(SecretsCall call, IEnumerable<SecretTag> tags)
    {
        call.Output.WriteStartArray("Tags");
        foreach (var tag in tags)
        {
            call.Output.WriteStartObject();
            call.Output.WriteString("Key", tag.Key);
            call.Output.WriteString("Value", tag.Value);
            call.Output.WriteEndObject();
        }
        call.Output.WriteEndArray();
    }

    private static void WriteStages(SecretsCall call, SecretRecord record, string name)
    {
        var labelled = record.Versions.Where(version => !version.Stages.IsEmpty).ToList();
        if (labelled.Count == 0)
            return;
        call.Output.WriteStartObject(name);
        foreach (var version in labelled)
            call.WriteTexts(version.Id, version.Stages);
        call.Output.WriteEndObject();
    }
}
