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
    public void No_process_is_left() => Assert.Empty(run.Left());

    [Fact]
    public async Task Interrupted_run_ends_what_it_started()
    {
        await using var lab = await GuardedProcess.Start(run.Recipe(RunFolder.Create("lab-stopped")));
        await Eventually.Holds(() => run.Left().Any(command => command.Contains("lab-load")));

        lab.Signal(Signals.Terminate);
        await lab.WaitForEnd(Patience);

        await Eventually.Holds(() => run.Left().Count == 0);
    }
}
