using System.CommandLine;

namespace Sento.Host.Commands;

/// <summary>sento demo.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command("demo", "Shows the proxy before a throwaway PostgreSQL server.");
        command.SetAction(_ => ExitCode.Fault);
        return command;
    }
}
