using System.Collections.Immutable;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>A new version with the labels asked for, AWSCURRENT if none are.</summary>
internal static class PutSecretValue
{
    public const int StagesMax = 20;

    public static void Run(SecretsCall call)
    {
        var input = call.Input;
        var token = call.Token(ApiFault.InvalidRequest);
        var stages = input.Texts("VersionStages", StagesMax, 256);
        if (stages is { IsEmpty: true })
            throw ApiFault.Validation("1 validation error detected: Value at 'versionStages' failed to "
                + "satisfy "
                + "constraint: Member must have length greater than or equal to 1");
        input.Text("RotationToken", 36, 256);
        using var value = input.Value();
        var record = call.Secret();
        if (value is null)
            throw ApiFault.InvalidRequest("You must provide either SecretString or SecretBinary.");
        ImmutableArray<string> wanted = stages is { } given ? [.. given.Distinct(StringComparer.Ordinal)]
            : [Stage.Current];
        var changed = VersionMaker.Make(call, record, token, value, wanted);
        if (!ReferenceEquals(changed, record))
            call.Changes.Put(changed);
        call.WriteIdentity(changed);
        call.Output.WriteString("VersionId", token);
        call.WriteTexts("VersionStages", changed.Find(token)!.Stages);
    }
}
