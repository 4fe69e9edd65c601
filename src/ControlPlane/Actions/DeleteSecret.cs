using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// Marks a secret for deletion after a time in which it can be restored, or deletes it at once.
/// </summary>
internal static class DeleteSecret
{
    private const int WindowDaysMin = 7;
    private const int WindowDaysMax = 30;

    public static void Run(SecretsCall call)
    {
        var days = call.Input.Integer("RecoveryWindowInDays", long.MinValue, long.MaxValue);
        var isForced = call.Input.Flag("ForceDeleteWithoutRecovery") ?? false;
        var id = call.Input.Required("SecretId", 1, 2048);
        if (days is { } window)
            call.Tell("secretsmanager:RecoveryWindowInDays", $"{window}");
        call.Tell("secretsmanager:ForceDeleteWithoutRecovery", isForced ? "true" : "false");
        if (isForced && days is not null)
            throw ApiFault.InvalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with "
                + "RecoveryWindowInDays.");
        if (days is < WindowDaysMin or > WindowDaysMax)
            throw ApiFault.InvalidParameter("The RecoveryWindowInDays value must be between "
                + $"{WindowDaysMin} and "
                + $"{WindowDaysMax} days (inclusive).");
        SecretsCall.CheckId(id);
        if (isForced && call.Find(id) is null && !SecretId.IsArn(id))
        {
            Pretend(call, id);
            return;
        }
        var record = call.Secret(id, mayBeDeleted: isForced);
        // Also those on their way out: without the secret nobody would know of them any more.
        var copies = isForced ? record.Replicas ?? [] : [.. Replicas.Shown(record)];
        if (copies.Length > 0)
            throw ApiFault.InvalidParameter(
                $"You can't delete secret {record.Arn} that still has replica regions "
                + $"[{string.Join(", ", copies.Select(copy => copy.Region))}]");
        if (isForced)
        {
            call.Changes.Remove(record);
            Write(call, record.Arn, record.Name, call.Now);
            return;
        }
        var gone = call.Now.AddDays(days ?? WindowDaysMax);
        call.Changes.Put(record with { DeletedDate = call.Now, GoneDate = gone });
        Write(call, record.Arn, record.Name, gone);
    }

    /// <summary>Deleting by force what is not there succeeds, with an ARN that never was.</summary>
    private static void Pretend(SecretsCall call, string name)
    {
        var arn = SecretId.NewArn(call.Vault.Region, call.Vault.AccountId, name);
        call.SecretArn = arn;
        call.Authorize("DeleteSecret", null, arn);
        Write(call, arn, name, call.Now);
    }

    private static void Write(SecretsCall call, string arn, string name, DateTimeOffset date)
    {
        call.Output.WriteString("ARN", arn);
        call.Output.WriteString("Name", name);
        call.Write("DeletionDate", date);
    }
}
