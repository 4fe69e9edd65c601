using System.CommandLine;
using System.CommandLine.Parsing;
using Sento.Base;
using Sento.Identity.DbAuth;
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
    private static readonly LabOptions Options = new();

    private static readonly Option<string?> Against = new("--against")
    {
        Description = "Your own test database (postgresql://user:password@host:port/name): small, and asks",
        HelpName = "URL",
    };

    private static readonly Option<bool> IsAgreed = new("--yes")
    {
        Description = "With --against: do not ask",
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
        var command = new Command(
            "lab",
            "Measures functions that reach a database directly, through a queue and through proxies.");
        foreach (var option in Options.All)
            command.Add(option);
        foreach (var option in (Option[])[Against, IsAgreed, Folder, Language])
            command.Add(option);
        command.SetAction((result, _) => RunAsync(result));
        return command;
    }

    /// <summary>What the lab starts to make load; nobody else needs it.</summary>
    public static Command CreateLoad() => Hidden(
        LoadProcess.Command, (input, output) => LoadProcess.RunAsync(input, output, Sign));

    /// <summary>What the lab starts as the queue's workers.</summary>
    public static Command CreateQueue() => Hidden(QueueProcess.Command, QueueProcess.RunAsync);

    private static Command Hidden(string name, Func<TextReader, TextWriter, Task<int>> run)
    {
        var command = new Command(name) { Hidden = true };
        command.SetAction(async (result, _) =>
        {
            try
            {
                return await run(Console.In, result.InvocationConfiguration.Output);
            }
            catch (LabFault fault)
            {
                // Whoever started it puts this into the arm's result.
                await result.InvocationConfiguration.Error.WriteLineAsync(fault.Message);
                return ExitCode.Fault;
            }
        });
        return command;
    }

    private static string Sign(string host, int port, string user, TokenKey key)
    {
        using var secret = SecretBytes.FromText(key.Secret);
        return DbAuthTokenMaker.Make(
            host, port, key.Region, user, key.Id, secret, null, DateTimeOffset.UtcNow);
    }

    private static async Task<int> RunAsync(ParseResult result)
    {
        var output = result.InvocationConfiguration.Output;
        using var signals = new Signals();
        using var stopped = new CancellationTokenSource();
        var watching = WatchAsync(signals, stopped);
        var name = $"lab-{DateTime.Now:yyyyMMdd-HHmmss}";
        try
        {
            var target = result.GetValue(Against) is { } url ? LabTarget.Parse(url) : null;
            var plans = Options.Plans(result, target?.Engine).ToList();
            plans.ForEach(part => LabOptions.Check(part.Plan));
            if (target is not null
                && !LabTarget.IsAgreed(target, plans[0].Plan, result.GetValue(IsAgreed), output))
            {
                return ExitCode.Fault;
            }
            var folder = Directory.CreateDirectory(result.GetValue(Folder) ?? name).FullName;
            var phrases = Phrases.In(result.GetValue(Language)!);
            foreach (var (part, plan) in plans)
            {
                var place = Directory.CreateDirectory(Path.Combine(folder, part ?? "")).FullName;
                await RunAsync(plan, place, target, phrases, output, stopped.Token);
            }
            return ExitCode.Good;
        }
        catch (LabFault fault)
        {
            await output.WriteLineAsync(fault.Message);
            return ExitCode.Fault;
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            await output.WriteLineAsync("Stopped; everything that was started has ended.");
            return ExitCode.Fault;
        }
    }

    private static async Task RunAsync(
        LabPlan plan, string folder, AgainstTarget? target, Phrases phrases, TextWriter output,
        CancellationToken stopped)
    {
        var screen = new LabScreen(plan, phrases);
        var run = new LabRun(plan, ThisProgram.Command, folder, screen) { Against = target };
        var found = await screen.ShowAsync(() => run.RunAsync(SentoCommand.Version, output, stopped));
        screen.Conclude(found, LabFiles.Write(found, folder, phrases));
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
