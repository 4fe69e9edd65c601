using System.CommandLine;

namespace Sento.Host.Commands;

/// <summary>sento iam …: identities, their keys, what they may do, and tokens.</summary>
internal static class IamCommand
{
    public static Command Create() => new("iam", "Access keys, policies and sign-in tokens.")
    {
        SimulateCommand.Create(),
        GenerateTokenCommand.Create(),
        NewAccessKeyCommand.Create(),
    };
}
