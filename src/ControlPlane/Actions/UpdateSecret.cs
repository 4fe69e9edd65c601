using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// Changes what a secret says of itself, and gives it a new current version if a value comes.
/// </summary>
internal static class UpdateSecret
{
    public static void Run(SecretsCall call)
    {
        var input = call.Input;
        var token = call.Token(ApiFault.InvalidRequest);
        var description = input.Text("Description", 0, 2048);
        var kmsKeyId = input.Text("KmsKeyId", 0, 2048);
        using var value = input.Value();
        if (description is not null)
            call.Tell("secretsmanager:Description", description);
        if (kmsKeyId is not null)
            call.Tell("secretsmanager:KmsKeyId", kmsKeyId);
        var record = call.Secret();
        if (record.PrimaryRegion is not null && (value is not null || description is not null))
            throw ApiFault.OfCopy();
        var changed = record;
        if (value is not null)
            changed = VersionMaker.Make(call, changed, token, value, [Stage.Current]);
        if (description is not null || kmsKeyId is not null)
        {
            changed = changed with
            {
                Description = description ?? changed.Description,
                KmsKeyId = kmsKeyId ?? changed.KmsKeyId,
                LastChangedDate = call.Now,
            };
        }
        if (!ReferenceEquals(changed, record))
            call.Changes.Put(changed);
        call.WriteIdentity(changed);
        call.Write("VersionId", value is null ? null : token);
    }
}
