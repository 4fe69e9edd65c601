using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// Sento's own: another vault ends its secret's copy here. What is a copy no more stays where it is.
/// </summary>
internal static class RemoveReplica
{
    public static void Run(SecretsCall call)
    {
        var copy = SecretCopy.Read(call);
        call.SecretArn = copy.Arn;
        var record = call.Vault.Find(copy.Arn);
        call.Authorize(call.Operation, record, copy.Arn);
        if (record?.Arn == copy.Arn && record.PrimaryRegion == copy.PrimaryRegion)
            call.Changes.Remove(record);
        call.Output.WriteString("ARN", copy.Arn);
    }
}
