using System.CommandLine;
using Sento.ControlPlane.Identities;

namespace Sento.Host.Commands;

/// <summary>sento iam new-access-key: an id and a secret to put into a configuration.</summary>
internal static class NewAccessKeyCommand
{
    public static Command Create()
    {
        var command = new Command(
            "new-access-key", "Makes an id and a secret for AccessKeys in a configuration; keeps neither.");
        command.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            output.WriteLine("export AWS_ACCESS_KEY_ID=" + IdentityIds.NewKey("AKIA"));
            output.WriteLine("export AWS_SECRET_ACCESS_KEY=" + IdentityIds.NewSecret());
        });
        return command;
    }
}
