using System.Threading.Channels;
using Sento.DataPlane.Metrics;
using Sento.Host.Commands;
using Sento.Host.Configuration;
using Sento.Lab;
using Sento.Lab.Servers;
using Sento.Model;

namespace Sento.Host.Demo;

/// <summary>
/// The demonstration: throwaway servers, a vault, proxies before them, and a tour of lines to paste.
/// </summary>
internal sealed class DemoRun(TextWriter output, ChannelReader<Signal> signals)
{
    /// <summary>postgres or mariadb; null: both.</summary>
    public string? Only { get; init; }

    public async Task<int> RunAsync(RuntimeFactory createRuntime)
    {
        try
        {
            await StaleServers.RemoveAsync(output);
            await using var lifeline = new Lifeline();
            await using var databases = await DemoDatabases.StartAsync(lifeline, Only, output);
            if (WasStopped())
                return ExitCode.Good;
            return await ServeAsync(createRuntime, lifeline, databases);
        }
        catch (LabFault fault)
        {
            // Ctrl-C reaches the programs that we run too: their ends are then what was wanted.
            if (WasStopped())
                return ExitCode.Good;
            await output.WriteLineAsync(fault.Message);
            return ExitCode.Fault;
        }
    }

    private async Task<int> ServeAsync(
        RuntimeFactory createRuntime, Lifeline lifeline, DemoDatabases databases)
    {
        var folder = lifeline.CreateFolder();
        var (plan, fault) = DemoPlan.Write(folder, databases, DemoVault.Make(folder, databases));
        if (plan is null)
            throw new LabFault(fault!);
        int code;
        await using (var log = new Log(Console.OpenStandardOutput(), LogFormat.Text))
        {
            var source = ConfigurationSource.OfFile(plan.ConfigurationFile);
            var life = new Lifecycle(source, log, Composition.CreateMetrics(), signals)
            {
                Started = _ => output.WriteLine(DemoTour.Text(plan)),
            };
            code = await life.RunAsync(createRuntime, output);
        }
        await output.WriteLineAsync("Stopping the servers and removing their folders.");
        return code;
    }

    private bool WasStopped() => signals.TryPeek(out var signal) && signal == Signal.Stop;
}
