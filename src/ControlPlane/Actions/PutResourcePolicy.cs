using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// Gives a secret a policy of its own. One for everybody is refused unless that is asked for.
/// </summary>
internal static class PutResourcePolicy
{
    public static void Run(SecretsCall call)
    {
        var text = call.Input.Required("ResourcePolicy", 1, ResourcePolicies.CharactersMax);
        // AWS's own default is the other way round; nobody should let everybody in by leaving a flag out.
        var isBlocking = call.Input.Flag("BlockPublicPolicy") ?? true;
        call.Tell("secretsmanager:BlockPublicPolicy", isBlocking ? "true" : "false");
        var record = call.Secret();
        ResourcePolicies.Check(text, mayBePublic: !isBlocking);
        call.Changes.Put(record with { ResourcePolicy = text });
        call.WriteIdentity(record);
    }
}
