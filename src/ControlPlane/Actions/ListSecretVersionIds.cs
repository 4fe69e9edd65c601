using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>The versions of a secret; those without a label only when asked for.</summary>
internal static class ListSecretVersionIds
{
    public static void Run(SecretsCall call)
    {
        var withDeprecated = call.Input.Flag("IncludeDeprecated") ?? false;
        var record = call.Secret(mayBeDeleted: true);
        var versions = record.Versions
            .Where(version => withDeprecated || !version.Stages.IsEmpty)
            .Reverse()
            .ToList();
        var page = Paging.Take(call.Input, versions, 100, 100, out var nextToken);
        call.Output.WriteStartArray("Versions");
        foreach (var version in page)
            Write(call, record, version);
        call.Output.WriteEndArray();
        call.Write("NextToken", nextToken);
        call.WriteIdentity(record);
    }

    private static void Write(SecretsCall call, SecretRecord record, SecretVersion version)
    {
        call.Output.WriteStartObject();
        call.Output.WriteString("VersionId", version.Id);
        if (!version.Stages.IsEmpty)
            call.WriteTexts("VersionStages", version.Stages);
        call.Write("LastAccessedDate", version.LastAccessedDate);
        call.Write("CreatedDate", version.CreatedDate);
        call.WriteTexts("KmsKeyIds", [record.KmsKeyId ?? "DefaultEncryptionKey"]);
        call.Output.WriteEndObject();
    }
}
