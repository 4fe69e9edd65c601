using System.CommandLine;
using System.CommandLine.Parsing;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.Host.Vaults;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>The options of every command that opens the vault, and how their faults are told.</summary>
internal sealed class VaultOptions
{
    private readonly Option<string?> _folder = new("--vault")
    {
        Description = "The vault's folder; else SENTO_VAULT, else vault where Sento keeps its state.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _keyRing = new("--key-ring")
    {
        Description = "Where its keys are; else SENTO_KEY_RING, else the file vault-keys beside the folder.",
        HelpName = Sento.Vault.Keys.KeyRingSource.Range,
    };

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_keyRing);
    }

    public VaultPlace Place(ParseResult result) =>
        VaultPlace.Of(result.GetValue(_folder), result.GetValue(_keyRing));

    /// <summary>A command that works on the opened vault.</summary>
    /// <param name="symbols">Its own arguments and options.</param>
    public Command Command(
        string name, string description, Func<ParseResult, SecretVault, int> work, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }
        AddTo(command);
        command.SetAction(result => With(result, vault => work(result, vault)));
        return command;
    }

    /// <summary>Opens the vault for one command, and tells what can't be done.</summary>
    public int With(ParseResult result, Func<SecretVault, int> work) => Guarded(result, () =>
    {
        using var vault = Place(result).Open();
        return work(vault);
    });

    public static int Guarded(ParseResult result, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is VaultFault or IdentityFault or ApiFault or IOException
            or UnauthorizedAccessException)
        {
            result.InvocationConfiguration.Error.WriteLine($"sento: {fault.Message}");
            return ExitCode.Fault;
        }
    }
}
