using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Sento.Host.Commands;

/// <summary>The command line: sento serve, check, demo, setup, version …</summary>
internal static class SentoCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Sento: thousands of clients share few database connections.");
        // A proxy starts sooner, and stays smaller, without what only other commands need.
        if (arguments is ["serve", ..])
            root.Add(ServeCommand.Create());
        else
            AddAll(root);
        var result = root.Parse(arguments);
        // Signals are ours: a drain takes longer than a parser library's patience.
        var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null };
        var code = await result.InvokeAsync(configuration);
        return result.Errors.Count > 0 ? ExitCode.Usage : code;
    }

    private static void AddAll(RootCommand root)
    {
        Command[] commands =
        [
            ServeCommand.Create(),
            CheckCommand.Create(),
            DemoCommand.Create(),
            LabCommand.Create(),
            LabCommand.CreateLoad(),
            LabCommand.CreateQueue(),
            IamCommand.Create(),
            SetupCommand.Create(),
            SecretCommand.Create(),
            AccessCommands.CreateWhoCanRead(),
            AccessCommands.CreatePolicy(),
            VaultCommand.Create(),
            VaultCommand.CreateAudit(),
            CreateVersion(),
        ];
        foreach (var command in commands)
            root.Add(command);
    }

    public static string Version { get; } =
        (typeof(SentoCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0").Split('+')[0];

    private static Command CreateVersion()
    {
        var command = new Command("version", "Says which version this is.");
        command.SetAction(result => result.InvocationConfiguration.Output.WriteLine(
            $"sento {Version} ({RuntimeInformation.FrameworkDescription}, "
            + $"{RuntimeInformation.RuntimeIdentifier})"));
        return command;
    }
}
