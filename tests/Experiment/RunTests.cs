using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Experiment;

/// <summary>How a run ends, and what it leaves.</summary>
public sealed class RunTests(SmallRun run)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Report_needs_no_other_file_and_no_network()
    {
        var report = File.ReadAllText(run.At("report.html"));

        Assert.StartsWith("<!DOCTYPE html>", report);
        Assert.EndsWith("</html>", report.TrimEnd());
        foreach (var reach in (string[])["src=", "<link", "@import", "url(", "<script"])
            Assert.DoesNotContain(reach, report);
    }

    [Fact]
    public void Files_are_named_at_the_end()
    {
        foreach (var file in (string[])["report.html", "results.json", "invocations.csv", "moments.csv"])
        {
            Assert.Contains(run.At(file), run.Finished.Output.Replace("\n", ""));
            Assert.NotEqual(0, new FileInfo(run.At(file)).Length);
        }
    }

    [Fact]
    public void Nothing_is_left()
    {
        Assert.Empty(run.Left());
        Assert.Empty(run.FoldersLeft());
    }

    /// <summary>A killed run can't clean up itself: its lifeline does.</summary>
    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Kill)]
    public async Task Run_that_is_ended_leaves_no_process_and_no_folder(int signal)
    {
        var recipe = run.Recipe(RunFolder.Create("lab-ended"));
        // Arm D has all that an arm can have: the server, Sento before it, and environments.
        // A session of its own: the guard of the tests must not clean up for it.
        await using var started = await GuardedProcess.Start(recipe with
        {
            Program = "setsid",
            Arguments = ["--wait", recipe.Program, .. recipe.Arguments, "--arms", "D"],
        });
        await Eventually.Holds(() => Running("/", "sento.dll lab-load") is not null);
        Assert.NotNull(Running("/", "sento.dll serve "));
        Assert.NotNull(Running("/", "/postgres "));

        Signals.Send(Running("dotnet ", "sento.dll lab ")!.Value, signal);
        await started.WaitForEnd(Patience);

        await Eventually.Holds(() => run.Left().Count == 0 && run.FoldersLeft().Count == 0);
    }

    /// <summary>The program itself, not those that started it.</summary>
    private int? Running(string program, string command) => run.Left()
        .Where(process => process.Command.StartsWith(program, StringComparison.Ordinal))
        .Where(process => process.Command.Contains(command, StringComparison.Ordinal))
        .Select(process => (int?)process.Id).FirstOrDefault();
}
