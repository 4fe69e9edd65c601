using System.CommandLine;
using Sento.ControlPlane.Identities;

namespace Sento.Host.Commands;

/// <summary>sento iam …: identities of the vault, their keys, what they may do, and tokens.</summary>
internal static class IamCommand
{
    private static readonly VaultOptions Options = new();

    public static Command Create()
    {
        var command = new Command("iam", "Users, access keys, policies and sign-in tokens.");
        foreach (var made in IamUserCommands.All.Concat(IamPolicyCommands.All))
            command.Add(made);
        command.Add(SimulateCommand.Create());
        command.Add(GenerateTokenCommand.Create());
        command.Add(NewAccessKeyCommand.Create());
        return command;
    }

    /// <summary>A command on the identities of the vault.</summary>
    internal static Command Make(
        string name, string description, Action<ParseResult, IdentityStore> work, params Symbol[] symbols) =>
        Options.Command(name, description, (result, vault) =>
        {
            work(result, new IdentityStore(vault));
            return ExitCode.Good;
        }, symbols);

    internal static string OrNone(IEnumerable<string> names)
    {
        var text = string.Join(", ", names);
        return text.Length > 0 ? text : "none";
    }
}
