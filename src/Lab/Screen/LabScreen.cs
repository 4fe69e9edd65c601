using System.Globalization;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Reports;
using Sento.Lab.Results;
using Spectre.Console;

namespace Sento.Lab.Screen;

/// <summary>
/// What a person sees while the lab runs: a table that fills; plain lines where there is no terminal.
/// </summary>
public sealed class LabScreen(LabPlan plan, Phrases phrases) : ILabWatcher
{
    private const int BarCells = 16;
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ArmResult> _ended = [];
    private readonly IAnsiConsole _console = AnsiConsole.Console;
    private (Arm Arm, Func<Moment?> Latest)? _running;
    private int _round;

    private bool IsLive => _console.Profile.Capabilities.Interactive && !Console.IsOutputRedirected;

    public void Says(string line) => Console.WriteLine(line);

    public void Begins(Arm arm, int round, Func<Moment?> latest)
    {
        lock (_gate)
        {
            _running = (arm, latest);
            _round = round;
        }
    }

    public void Ended(ArmResult result)
    {
        lock (_gate)
        {
            _running = null;
            _ended[result.Arm.Letter] = result;
        }
        if (!IsLive)
            Console.WriteLine(Plain(result));
    }

    /// <summary>Runs the work with the table on the screen.</summary>
    public async Task<T> ShowAsync<T>(Func<Task<T>> work)
    {
        if (!IsLive)
            return await work();
        return await _console.Live(Draw()).AutoClear(false).StartAsync(async live =>
        {
            var working = work();
            while (await Task.WhenAny(working, Task.Delay(DrawEvery)) != working)
                live.UpdateTarget(Draw());
            live.UpdateTarget(Draw());
            return await working;
        });
    }

    /// <summary>The verdict and where the files are.</summary>
    public void Conclude(RunResult run, LabFiles files)
    {
        Console.WriteLine();
        foreach (var sentence in new Verdict(run, phrases).Sentences)
            Console.WriteLine($"- {sentence}");
        Console.WriteLine();
        foreach (var file in files.All)
            Console.WriteLine(file);
    }

    private Table Draw()
    {
        lock (_gate)
        {
            var table = new Table().Border(TableBorder.Rounded).Title(
                plan.Rounds > 1 ? $"sento lab, {_round + 1}/{plan.Rounds}" : "sento lab");
            foreach (var column in (string[])["arm", "way", "progress", "ok", "errors", "servers", "p99 ms"])
                table.AddColumn(column);
            foreach (var arm in Arm.AllOf(plan))
                table.AddRow([.. Row(arm).Select(cell => new Markup(cell))]);
            return table;
        }
    }

    private string[] Row(Arm arm)
    {
        var name = Markup.Escape(phrases.NameOf(arm));
        if (_running is { } running && running.Arm == arm)
        {
            var moment = running.Latest() ?? default;
            var share = Math.Clamp(moment.Seconds / plan.Phases.Total, 0, 1);
            var bar = new string('█', (int)(share * BarCells)).PadRight(BarCells, '░');
            return
            [
                $"[bold]{arm.Letter}[/]", $"[bold]{name}[/]", $"[aqua]{bar}[/]", $"{moment.Succeeded:N0}",
                Errors(moment.Failed), $"{moment.Servers}", "",
            ];
        }
        if (!_ended.TryGetValue(arm.Letter, out var result))
            return [$"[grey]{arm.Letter}[/]", $"[grey]{name}[/]", "", "", "", "", ""];
        if (result.Fault is not null)
            return [arm.Letter, name, "[yellow]did not run[/]", "", "", "", ""];
        return
        [
            arm.Letter, name, $"[green]{result.Seconds:0.0} s[/]", $"{result.Succeeded:N0}",
            Errors(result.Failed), $"{result.ServersMax}", $"{result.Latency.P99:N0}",
        ];
    }

    private static string Errors(int count) => count == 0 ? "[green]0[/]" : $"[red]{count:N0}[/]";

    private string Plain(ArmResult result) => result.Fault is { } fault
        ? $"{result.Arm.Letter,-4} {phrases.NameOf(result.Arm)}: {fault}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Arm.Letter,-4} {phrases.NameOf(result.Arm)}: {result.Succeeded} ok, "
            + $"{result.Failed} errors ({ErrorsOf(result)}), "
            + $"{result.ServersMax} server connections, p50 {result.Latency.P50:0.0} ms, "
            + $"p99 {result.Latency.P99:0.0} ms, {result.Seconds:0.0} s");

    private static string ErrorsOf(ArmResult result) =>
        string.Join(", ", result.Errors.Select(error => $"{error.Class} {error.Count}"));
}
