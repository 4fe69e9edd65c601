using System.CommandLine;
using Sento.Lab;
using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Queue;
using Sento.Lab.Reports;
using Sento.Lab.Screen;

namespace Sento.Host.Commands;

/// <summary>
/// sento lab: the argument for a proxy as an experiment; and the hidden commands of its processes.
/// </summary>
internal static class LabCommand
{
    private static readonly Option<bool> IsQuick = new("--quick")
    {
        Description = "Fewer environments and shorter phases: about 45 seconds",
    };

    private static readonly Option<bool> IsFull = new("--full")
    {
        Description = "Five rounds with five seeds, three numbers of workers: about 25 minutes",
    };

    private static readonly Option<ulong?> Seed = new("--seed") { Description = "The seed of the arrivals" };

    private static readonly Option<int?> Environments = new("--environments")
    {
        Description = "Simulated execution environments, 1 to 5000",
    };

    private static readonly Option<int?> PoolSize = new("--pool")
    {
        Description = "Server connections of each proxy",
    };

    private static readonly Option<double?> Deadline = new("--deadline")
    {
        Description = "Seconds after which the platform ends an invocation, 1 to 900",
    };

    private static readonly Option<string?> Arms = new("--arms")
    {
        Description = "Only these, as A,B,D",
    };

    private static readonly Option<string?> Folder = new("--out")
    {
        Description = "The folder of the report; left out: lab- and the time, here",
    };

    private static readonly Option<string> Language = new("--lang")
    {
        Description = "The report's language: en or ja",
        DefaultValueFactory = _ => "en",
    };

    public static Command Create()
    {
        Language.AcceptOnlyFromAmong("en", "ja");
        Environments.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 5_000)
                result.AddError("--environments: 1 to 5000");
        });
        Deadline.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is < 1 or > 900)
                result.AddError("--deadline: 1 to 900");
        });
        var command = new Command(
            "lab", "Measures functions that reach PostgreSQL directly, through a queue and through proxies.")
        {
            IsQuick, IsFull, Seed, Environments, PoolSize, Deadline, Arms, Folder, Language,
        };
        command.SetAction((result, _) => RunAsync(result));
        return command;
    }

    /// <summary>What the lab starts to make load; nobody else needs it.</summary>
    public static Command CreateLoad() => Hidden(LoadProcess.Command, LoadProcess.RunAsync);

    /// <summary>What the lab starts as the queue's workers.</summary>
    public static Command CreateQueue() => Hidden(QueueProcess.Command, QueueProcess.RunAsync);

    private static Command Hidden(string name, Func<TextReader, TextWriter, Task<int>> run)
    {
        var command = new Command(name) { Hidden = true };
        command.SetAction((result, _) => run(Console.In, result.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result)
    {
        var output = result.InvocationConfiguration.Output;
        using var signals = new Signals();
        using var stopped = new CancellationTokenSource();
        var watching = WatchAsync(signals, stopped);
        var name = $"lab-{DateTime.Now:yyyyMMdd-HHmmss}";
        var folder = Directory.CreateDirectory(result.GetValue(Folder) ?? name).FullName;
        try
        {
            var plan = PlanOf(result);
            var phrases = Phrases.In(result.GetValue(Language)!);
            var screen = new LabScreen(plan, phrases);
            var run = new LabRun(plan, ThisProgram.Command, folder, screen);
            var found = await screen.ShowAsync(
                () => run.RunAsync(SentoCommand.Version, output, stopped.Token));
            var files = LabFiles.Write(found, folder, phrases);
            screen.Conclude(found, files);
            return ExitCode.Good;
        }
        catch (LabFault fault)
        {
            await output.WriteLineAsync(fault.Message);
            return ExitCode.Fault;
        }
        catch (OperationCanceledException)
        {
            await output.WriteLineAsync("Stopped; everything that was started has ended.");
            return ExitCode.Fault;
        }
    }

    private static LabPlan PlanOf(ParseResult result)
    {
        var plan = result.GetValue(IsQuick) ? LabPlan.Quick
            : result.GetValue(IsFull) ? LabPlan.Full : new LabPlan();
        return plan with
        {
            Seed = result.GetValue(Seed) ?? plan.Seed,
            Environments = result.GetValue(Environments) ?? plan.Environments,
            PoolSize = result.GetValue(PoolSize) ?? plan.PoolSize,
            Deadline = result.GetValue(Deadline) is { } seconds
                ? TimeSpan.FromSeconds(seconds)
                : plan.Deadline,
            Arms = result.GetValue(Arms)?.Split(',', StringSplitOptions.TrimEntries),
        };
    }

    private static async Task WatchAsync(Signals signals, CancellationTokenSource stopped)
    {
        await foreach (var signal in signals.Reader.ReadAllAsync())
        {
            if (signal == Signal.Stop)
                await stopped.CancelAsync();
        }
    }
}
