using System.CommandLine;
using Sento.Host.Demo;

namespace Sento.Host.Commands;

/// <summary>sento demo: something to try, one command after the download.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command(
            "demo",
            "A tour: throwaway PostgreSQL and MariaDB servers with a vault and proxies before them; Ctrl-C "
            + "removes all.");
        var only = new Argument<string?>("database")
        {
            Description = "Only this one. Without it: both.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        only.AcceptOnlyFromAmong("postgres", "mariadb");
        command.Arguments.Add(only);
        command.SetAction(async (result, _) =>
        {
            using var signals = new Signals();
            var demo = new DemoRun(result.InvocationConfiguration.Output, signals.Reader)
            {
                Only = result.GetValue(only),
            };
            return await demo.RunAsync(Composition.CreateRuntime);
        });
        return command;
    }
}
