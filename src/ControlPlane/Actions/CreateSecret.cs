using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>A new secret, with or without a first version.</summary>
internal static class CreateSecret
{
    public static void Run(SecretsCall call)
    {
        var input = call.Input;
        var name = input.Required("Name", 1, SecretId.NameCharactersMax);
        if (!SecretId.IsName(name))
            throw SecretsCall.InvalidName();
        var token = call.Token(ApiFault.InvalidRequest);
        var tags = TagRules.Read(input);
        using var value = input.Value();
        var arn = SecretId.NewArn(call.Vault.Region, call.Vault.AccountId, name);
        var record = New(call, name, arn) with { Tags = tags is { } given ? TagRules.Add([], given) : null };
        Authorize(call, record);
        if (call.Find(name) is { } known)
        {
            Repeat(call, known, token, value);
            return;
        }
        // One whose time has run out may still stand there until it is swept away.
        if (call.Vault.Find(name) is { } gone)
            call.Changes.Remove(gone);
        call.SecretArn = arn;
        if (value is not null)
            record = VersionMaker.Make(call, record, token, value, [Stage.Current]);
        record = Replicas.Add(call, record);
        call.Changes.Put(record);
        Write(call, record, value is null ? null : token);
    }

    private static SecretRecord New(SecretsCall call, string name, string arn) => new()
    {
        Arn = arn,
        Name = name,
        Description = call.Input.Text("Description", 0, 2048),
        KmsKeyId = call.Input.Text("KmsKeyId", 0, 2048),
        CreatedDate = call.Now,
        LastChangedDate = call.Now,
    };

    private static void Authorize(SecretsCall call, SecretRecord record)
    {
        call.Tell("secretsmanager:Name", record.Name);
        if (record.Description is not null)
            call.Tell("secretsmanager:Description", record.Description);
        if (record.KmsKeyId is not null)
            call.Tell("secretsmanager:KmsKeyId", record.KmsKeyId);
        if (record.Tags is { } tags)
            TagRules.Tell(call, tags);
        var isCopied = Replicas.Tell(call);
        call.SecretArn = record.Arn;
        call.Authorize("CreateSecret", null, record.Arn);
        if (record.Tags is not null)
            call.Authorize("TagResource", null, record.Arn);
        // Copies overwrite what bears the name elsewhere: to make a secret here is not to be allowed that.
        if (isCopied)
            call.Authorize("ReplicateSecretToRegions", null, record.Arn);
    }

    /// <summary>The same call again is answered as it was; anything else under the name is refused.</summary>
    private static void Repeat(SecretsCall call, SecretRecord known, string token, SecretValue? value)
    {
        call.SecretArn = known.Arn;
        if (known.PrimaryRegion is not null)
            throw ApiFault.OfCopy();
        if (known.IsDeleted)
            throw ApiFault.InvalidRequest("You can't create this secret because a secret with this name is "
                + "already "
                + "scheduled for deletion.");
        if (value is not null && known.Find(token) is { HasValue: true } version)
        {
            using var before = call.Vault.ReadValue(known, version)!;
            if (before.IsSame(value))
            {
                Write(call, known, token);
                return;
            }
        }
        throw new ApiFault(
            "ResourceExistsException",
                $"The operation failed because the secret {known.Name} already exists.");
    }

    private static void Write(SecretsCall call, SecretRecord record, string? versionId)
    {
        call.WriteIdentity(record);
        call.Write("VersionId", versionId);
        if (record.Replicas is not null)
            Replicas.WriteStatus(call, record);
    }
}
