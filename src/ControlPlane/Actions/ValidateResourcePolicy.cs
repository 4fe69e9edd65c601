using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>Says what PutResourcePolicy would refuse.</summary>
internal static class ValidateResourcePolicy
{
    public static void Run(SecretsCall call)
    {
        var text = call.Input.Required("ResourcePolicy", 1, ResourcePolicies.CharactersMax);
        if (call.Input.Text("SecretId", 1, 2048) is not null)
            call.Secret(mayBeDeleted: true);
        else
            call.Authorize("ValidateResourcePolicy", null, "*");
        ApiFault? fault = null;
        try
        {
            ResourcePolicies.Check(text, mayBePublic: false);
        }
        catch (ApiFault refusal)
        {
            fault = refusal;
        }
        call.Output.WriteBoolean("PolicyValidationPassed", fault is null);
        call.Output.WriteStartArray("ValidationErrors");
        if (fault is not null)
        {
            call.Output.WriteStartObject();
            call.Output.WriteString("CheckName", fault.Code);
            call.Output.WriteString("ErrorMessage", fault.Message);
            call.Output.WriteEndObject();
        }
        call.Output.WriteEndArray();
    }
}
