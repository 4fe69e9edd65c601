using Sento.ControlPlane.Api;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// Sento's own: another vault brings its secret's copy here up to date. Labels and description change once
/// all values are here; until then it is as it was before.
/// </summary>
internal static class PutReplica
{
    public static void Run(SecretsCall call)
    {
        var copy = SecretCopy.Read(call);
        using var value = call.Input.Value();
        call.SecretArn = copy.Arn;
        call.Authorize(call.Operation, call.Vault.Find(copy.Arn), copy.Arn);
        var record = Find(call, copy) ?? New(call, copy);
        if (value is not null)
            record = AddValue(call, copy, record, value);
        var missing = copy.Versions
            .Where(version => record.Find(version.Id) is not { HasValue: true })
            .Select(version => version.Id).ToList();
        if (missing.Count == 0)
            record = copy.ApplyTo(call, record);
        call.Changes.Put(record);
        call.Output.WriteString("ARN", copy.Arn);
        call.WriteTexts("MissingVersionIds", missing);
    }

    /// <summary>Null: there is none yet, and nothing is in its way.</summary>
    private static SecretRecord? Find(SecretsCall call, SecretCopy copy)
    {
        if (call.Vault.Find(copy.Name) is not { } known)
            return null;
        if (known.Arn == copy.Arn && known.PrimaryRegion == copy.PrimaryRegion)
            return known;
        if (known.Arn == copy.Arn && known.PrimaryRegion is null)
            throw new ApiFault(
                ReplicaMessage.Promoted,
                $"Secret {copy.Name} in region {call.Vault.Region} is a copy no more.");
        if (!copy.OverwritesOther && !(known.GoneDate <= call.Now))
            throw new ApiFault(
                "ResourceExistsException",
                $"Secret name {copy.Name} already exists in region {call.Vault.Region}.");
        call.Changes.Remove(known);
        return null;
    }

    private static SecretRecord New(SecretsCall call, SecretCopy copy) => new()
    {
        Arn = copy.Arn,
        Name = copy.Name,
        PrimaryRegion = copy.PrimaryRegion,
        // From then on the copy's own, as at AWS.
        KmsKeyId = call.Input.Text("KmsKeyId", 0, 2048),
        CreatedDate = call.Now,
    };

    /// <summary>Without a label: nobody sees it before the labels move.</summary>
    private static SecretRecord AddValue(
        SecretsCall call, SecretCopy copy, SecretRecord record, SecretValue value)
    {
        var id = call.VersionId = call.Input.Required("VersionId", 1, 64);
        var version = copy.Versions.FirstOrDefault(version => version.Id == id)
            ?? throw ApiFault.InvalidParameter("VersionId is none of Versions.");
        if (record.Find(id) is not null)
            return record;
        call.Changes.PutValue(record.Arn, id, value);
        return record.With(version with { Stages = [] });
    }
}
