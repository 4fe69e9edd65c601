using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Experiment;

/// <summary>How a run ends, and what it leaves.</summary>
public sealed class RunTests(SmallRun small)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Report_needs_no_other_file_and_no_network()
    {
        var report = await File.ReadAllTextAsync((await small.Over()).At("report.html"));

        Assert.StartsWith("<!DOCTYPE html>", report);
        Assert.EndsWith("</html>", report.TrimEnd());
        foreach (var reach in (string[])["src=", "<link", "@import", "url(", "<script"])
            Assert.DoesNotContain(reach, report);
    }

    [Fact]
    public async Task Files_are_named_at_the_end()
    {
        var run = await small.Over();
        foreach (var file in (string[])["report.html", "results.json", "invocations.csv", "moments.csv"])
        {
            Assert.Contains(run.At(file), run.Finished.Output.Replace("\n", ""));
            Assert.NotEqual(0, new FileInfo(run.At(file)).Length);
        }
    }

    [Fact]
    public async Task Nothing_is_left()
    {
        var run = await small.Over();
        Assert.Empty(run.Traces.Left());
        Assert.Empty(run.Traces.FoldersLeft());
    }

    /// <summary>A killed run can't clean up itself: its lifeline does.</summary>
    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Kill)]
    public async Task Run_that_is_ended_leaves_no_process_and_no_folder(int signal)
    {
        using var traces = new LabTraces();
        var folder = RunFolder.Create("lab-ended");
        var recipe = SmallRun.Recipe(traces, folder);
        // Arm D has all that an arm can have: the server, Sento before it, and environments.
        // A session of its own: the guard of the tests must not clean up for it.
        await using var started = await GuardedProcess.Start(recipe with
        {
            Program = "setsid",
            Arguments = ["--wait", recipe.Program, .. recipe.Arguments, "--arms", "D"],
            Folder = folder,
        });
        await Eventually.Holds(() => Running(traces, "/", "sento.dll serve ") is not null);
        Assert.NotNull(Running(traces, "/", "sento.dll lab-load"));
        Assert.NotNull(Running(traces, "/", "/postgres "));

        Signals.Send(Running(traces, "dotnet ", "sento.dll lab ")!.Value, signal);
        await started.WaitForEnd(Patience);

        await Eventually.Holds(() => traces.Left().Count == 0 && traces.FoldersLeft().Count == 0);
    }

    /// <summary>The program itself, not those that started it.</summary>
    private static int? Running(LabTraces traces, string program, string command) => traces.Left()
        .Where(process => process.Command.StartsWith(program, StringComparison.Ordinal))
        .Where(process => process.Command.Contains(command, StringComparison.Ordinal))
        .Select(process => (int?)process.Id).FirstOrDefault();
}
