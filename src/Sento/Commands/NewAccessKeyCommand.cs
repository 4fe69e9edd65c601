using System.CommandLine;
using System.Security.Cryptography;

namespace Sento.Host.Commands;

/// <summary>sento iam new-access-key: an id and a secret to put into a configuration.</summary>
internal static class NewAccessKeyCommand
{
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static Command Create()
    {
        var command = new Command(
            "new-access-key", "Makes an id and a secret for AccessKeys in a configuration; keeps neither.");
        command.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            output.WriteLine(
                "export AWS_ACCESS_KEY_ID=AKIA" + RandomNumberGenerator.GetString(IdAlphabet, 16));
            output.WriteLine(
                "export AWS_SECRET_ACCESS_KEY=" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(30)));
        });
        return command;
    }
}
