using System.Text.Json;

namespace Sento.Tests.Experiment;

/// <summary>What happens in the middle of a run.</summary>
public sealed class ScenarioTests
{
    private static readonly string[] Small = ["--quick", "--environments", "60", "--deadline", "30"];

    [Fact]
    public async Task Changed_password_fails_direct_connections_and_nobody_behind_sento()
    {
        var run = await LabResult.Of([.. Small, "--scenario", "rotate", "--arms", "B,D"]);

        Assert.True(LabResult.Errors(run.Arm("B"), "28P01") > 0);
        LabResult.NobodyFailed(run.Arm("D"));
        Assert.Contains("password changed after", run.Finished.Output);
    }

    [Fact]
    public async Task Crash_of_the_database_loses_nothing_that_was_told_as_done()
    {
        var run = await LabResult.Of([.. Small, "--scenario", "restart", "--arms", "B,D"]);

        foreach (var letter in (string[])["B", "D"])
        {
            var arm = run.Arm(letter);
            LabResult.NothingIsLostOrDoneTwice(arm);
            Assert.True(arm.GetProperty("eventSeconds").GetDouble() > 0);
        }
        // Sento's clients wait until it serves again; others may all have come before.
        var after = run.Arm("D").GetProperty("afterEvent");
        Assert.True(LabResult.Number(after, "started") > LabResult.Number(after, "failed"), after.ToString());
    }

    /// <summary>Functions that are killed tell the database nothing; Sento cancels what they left.</summary>
    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    public async Task Slow_statements_of_killed_functions_run_on_where_they_go_to_the_database(string engine)
    {
        var run = await LabResult.Of(
            "--quick", "--environments", "60", "--engine", engine, "--scenario", "overload", "--arms", "B,D");
        var (direct, sento) = (run.Arm("B"), run.Arm("D"));

        foreach (var arm in (JsonElement[])[direct, sento])
        {
            LabResult.NothingIsLostOrDoneTwice(arm);
            Assert.True(LabResult.Errors(arm, "deadline") > 0);
        }
        Assert.True(Orphans(direct) > 0);
        Assert.True(Orphans(sento) < Orphans(direct), $"{Orphans(sento)}, {Orphans(direct)}");
        Assert.Contains("ran on more than a second after", run.Finished.Output.Replace("\n", " "));

        static int Orphans(JsonElement arm) => LabResult.Number(arm.GetProperty("orphans"), "statements");
    }
}
