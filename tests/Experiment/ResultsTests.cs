using System.Text.Json;
using Sento.Lab.Plan;
using static Sento.Tests.Experiment.LabResult;

namespace Sento.Tests.Experiment;

/// <summary>The figures of a run agree with each other and with the server's own.</summary>
public sealed class ResultsTests(SmallRun run) : IAsyncLifetime
{
    private const int AgreementPercent = 1;

    public static TheoryData<string> Running => ["A", "B", "C16", "D", "DS", "F", "FS", "G"];

    public async ValueTask InitializeAsync() => await run.Over();

    [Fact]
    public void All_arms_are_in_the_results() => Assert.Equal(
        ["A", "B", "C16", "D", "DS", "E", "F", "FS", "G"], run.Arms.Select(SmallRun.LetterOf));

    [Fact]
    public void An_arm_that_could_not_run_says_why()
    {
        Assert.Contains("the proxy did not start", run.Arm("E").GetProperty("fault").GetString()!);
        Assert.Contains("the proxy did not start", File.ReadAllText(run.At("report.html")));
    }

    [Theory]
    [MemberData(nameof(Running))]
    public void An_arm_that_ran_has_no_fault(string letter) =>
        Assert.Equal(JsonValueKind.Null, run.Arm(letter).GetProperty("fault").ValueKind);

    [Theory]
    [MemberData(nameof(Running))]
    public void Each_invocation_succeeded_or_failed_once(string letter)
    {
        var arm = run.Arm(letter);
        var lines = run.Invocations.Where(fields => fields[1] == letter).ToList();
        var errors = arm.GetProperty("errors").EnumerateArray().Sum(error => Number(error, "count"));

        Assert.Equal(Number(arm, "started"), Number(arm, "succeeded") + errors);
        Assert.Equal(Number(arm, "started"), lines.Select(fields => fields[2]).Distinct().Count());
        Assert.Equal(Number(arm, "started"), lines.Count);
        Assert.Equal(Number(arm, "succeeded"), lines.Count(fields => fields[7].Length == 0));
    }

    [Theory]
    [MemberData(nameof(Running))]
    public void Writes_in_the_table_are_those_that_clients_know_of(string letter) =>
        NothingIsLostOrDoneTwice(run.Arm(letter));

    /// <summary>The server counts rows of transactions too that were cut off before their commit.</summary>
    [Theory]
    [MemberData(nameof(Running))]
    public void The_servers_own_counters_agree_within_one_percent(string letter)
    {
        var arm = run.Arm(letter);
        var succeeded = Number(arm, "succeeded");
        var cutOff = Errors(arm, "unknown") + Errors(arm, "deadline");
        var slack = Number(arm, "started") * AgreementPercent / 100;

        Assert.InRange(
            Number(arm.GetProperty("counters"), "updates"), succeeded - slack, succeeded + cutOff + slack);
    }

    [Fact]
    public void Nobody_gets_a_wrong_answer() =>
        Assert.DoesNotContain(run.Invocations, fields => fields[7] == "wrong");

    [Fact]
    public void Direct_connections_at_the_default_limit_are_refused() => Assert.Contains(
        run.Arm("A").GetProperty("errors").EnumerateArray(),
        error => error.GetProperty("class").GetString() == "53300");

    [Theory]
    [InlineData("D")]
    [InlineData("DS")]
    public void Sento_serves_everybody_with_twenty_connections(string letter)
    {
        var arm = run.Arm(letter);

        NobodyFailed(arm);
        Assert.Equal(Number(arm, "started"), Number(arm, "succeeded"));
        Assert.InRange(Number(arm, "serversMax"), 1, 20);
        Assert.True(Number(arm, "clientsMax") > 100);
    }

    /// <summary>When an arm ends its connections do: what is read then is of neither.</summary>
    [Theory]
    [MemberData(nameof(Running))]
    public void Memory_is_read_while_connections_are_there(string letter)
    {
        var readings = run.Arm(letter).GetProperty("memory").EnumerateArray()
            .Select(reading => reading.GetProperty("seconds").GetDouble()).ToList();

        Assert.NotEmpty(readings);
        Assert.All(readings, at => Assert.InRange(at, 0, LabPlan.Quick.Phases.Total));
    }

    [Fact]
    public void All_arms_get_the_same_arrivals()
    {
        var wanted = run.Invocations.GroupBy(fields => fields[1])
            .Select(arm => string.Join(' ', arm.Select(fields => string.Join(',', fields[2..5])))).ToList();

        Assert.Equal(8, wanted.Count);
        Assert.Single(wanted.Distinct());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
