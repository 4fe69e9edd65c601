using System.CommandLine;
using Sento.Host.Configuration;

namespace Sento.Host.Commands;

/// <summary>sento check FILE: says everything that is wrong with a configuration.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var file =
            new Argument<string>("FILE") { Description = "The configuration, for example sento.yaml." };
        var command = new Command(
            "check", "Says everything that is wrong with a configuration, line by line.") { file };
        command.SetAction(
            result => Check(result.GetRequiredValue(file), result.InvocationConfiguration.Output));
        return command;
    }

    internal static int Check(string path, TextWriter output)
    {
        var source = ConfigurationSource.OfFile(path);
        var reading = source.Read();
        foreach (var line in source.Lines(reading))
            output.WriteLine(line);
        if (reading.IsGood)
            output.WriteLine($"{path}: good: {reading.Snapshot!.Proxies.Length} proxies");
        return reading.IsGood ? ExitCode.Good : reading.IsUnreadable ? ExitCode.Usage : ExitCode.Fault;
    }
}
