using System.Globalization;
using System.Text.RegularExpressions;
using Sento.Lab.Engines;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Reports;
using Sento.Lab.Results;

namespace Sento.Tests.Experiment;

/// <summary>What a report makes of figures that are given.</summary>
public sealed partial class ReportTests
{
    private const long Megabyte = 1 << 20;

    /// <summary>Sixteen seconds: not a number that an axis would end with by itself.</summary>
    private static readonly LabPlan Plan = new() { Phases = new(10, 2, 2, 2) };

    private static readonly Phrases English = Phrases.In("en");

    private static readonly Machine Machine = new("a processor", 2, 1 << 30, "PostgreSQL", "1.0");

    [Fact]
    public void Sizes_come_from_what_a_connection_costs()
    {
        var sizing = Sizing.Of(Run(
            B(new(1, 100, 200 * Megabyte), new(2, 300, 500 * Megabyte)), D()))!;
        var thousand = sizing.Lines.Single(line => line.Environments == 1_000);

        Assert.Equal(1.5, sizing.EachMegabytes);
        Assert.Equal(50 + 1_500, thousand.DirectMegabytes);
        // A raised limit takes memory that Sento's server need not have: 60 MB with 20 connections.
        Assert.Equal(30 + (1.5 * thousand.Pool), thousand.SentoMegabytes);
    }

    /// <summary>Short runs read the memory a few times only.</summary>
    [Theory]
    [InlineData(200, 200)]
    [InlineData(200, 150)]
    public void No_sizes_are_told_where_more_connections_took_no_more_memory(long before, long after) =>
        Assert.Null(Sizing.Of(Run(
            B(new(1, 100, before * Megabyte), new(2, 300, after * Megabyte)), D())));

    [Fact]
    public void Panels_end_with_the_run()
    {
        var arm = D() with { Moments = [.. Enumerable.Range(0, 40).Select(second => At(second))] };
        var area = AreaPath().Match(HtmlReport.Write(Run(arm), English)).Groups["path"].Value;
        var places = Place().Matches(area)
            .Select(place => double.Parse(place.Groups["x"].Value, CultureInfo.InvariantCulture));

        // Where the panel has its last place, the sixteenth second stands, and none after it.
        Assert.Equal(292, places.Max());
        Assert.Equal(17 + 2, places.Count());
    }

    [Fact]
    public void Each_class_of_errors_has_a_line_of_its_own()
    {
        var arm = D() with
        {
            Errors = [new("53300", 53_705, 0.5, "too many"), new("a<b", 2, 1, "")],
        };

        Assert.Contains(
            "<td>53300 53,705 (0.5 s)<br>a&lt;b 2 (1.0 s)</td>",
            HtmlReport.Write(Run(arm), English));
    }

    /// <summary>Only PostgreSQL has a process for each connection.</summary>
    [Theory]
    [InlineData(Engine.Postgres, "900 server processes")]
    [InlineData(Engine.MariaDb, "900 server threads")]
    [InlineData(Engine.MySql, "900 server threads")]
    public void Verdict_tells_what_a_connection_is_in_the_server(Engine engine, string said)
    {
        var raised = B(new MemoryMoment(1, 900, Megabyte)) with
        {
            Started = 20,
            Succeeded = 20,
            Moments = [At(1, 900)],
        };
        var run = Run(raised, D());

        Assert.Contains(said, HtmlReport.Write(run with { Plan = Plan with { Engine = engine } }, English));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rules_of_rds_are_told_not_to_be_a_measurement_where_they_were_played(bool arePlayed)
    {
        var arm = D() with { Arm = new Arm("F", Road.Sento, 100) { HasRdsRules = arePlayed } };

        Assert.Equal(
            arePlayed, HtmlReport.Write(Run(arm), English).Contains(
                "not a measurement of AWS", StringComparison.Ordinal));
    }

    [Fact]
    public void Legend_has_room_for_all_arms_of_a_full_run()
    {
        var arms = Arm.AllOf(LabPlan.Full).Select(arm => D() with { Arm = arm, LatencyCurve = [1, 2, 3] });
        var places = LegendOfG().Matches(HtmlReport.Write(Run([.. arms]), English))
            .Select(place => double.Parse(place.Groups["x"].Value, CultureInfo.InvariantCulture)).ToList();

        Assert.Equal(2, places.Count);
        Assert.All(places, x => Assert.InRange(x, 400, 430));
    }

    /// <summary>Five seeds are no reason to speak of the first alone.</summary>
    [Fact]
    public void Verdict_of_several_rounds_adds_up_errors_and_takes_the_median_round()
    {
        var run = Run(
            Direct(0, p50: 5), Direct(1, p50: 9, "53300"), Direct(2, p50: 7, "53300"), D(), Round(D(), 1, 9),
            Round(D(), 2, 7));
        var report = HtmlReport.Write(run with { Plan = Plan with { Rounds = 3 } }, English);

        Assert.Contains("3 rounds with the seeds 42 to 44", report);
        Assert.Contains("2 of 60 invocations failed (3.3 %)", report);
        Assert.Contains("900 clients on 20 server connections, p50 7.0 ms", report);

        static ArmResult Direct(int round, double p50, params string[] errors) =>
            Round(new ArmResult(new Arm("A", Road.Direct, 100), 0), round, p50) with
            {
                Succeeded = 20 - errors.Length,
                Errors = [.. errors.Select(error => new ErrorCount(error, 1, 0.5, ""))],
            };
    }

    [Fact]
    public void Arm_that_breaks_in_a_later_round_is_told_with_its_round()
    {
        var run = Run(D(), D() with { Round = 1, Started = 0, Succeeded = 0, Fault = "no memory" });

        Assert.Contains(
            "D (Sento) did not run in round 2: no memory",
            HtmlReport.Write(run with { Plan = Plan with { Rounds = 2 } }, English));
    }

    [GeneratedRegex("""<path d="(?<path>[^"]*)" class="area"/>""")]
    private static partial Regex AreaPath();

    [GeneratedRegex("[ML](?<x>[0-9.]+) ")]
    private static partial Regex Place();

    [GeneratedRegex("""<text x="(?<x>[0-9.]+)" y="16" [^>]*>G</text>""")]
    private static partial Regex LegendOfG();

    private static RunResult Run(params ArmResult[] arms) =>
        new(Plan, Machine, DateTimeOffset.UnixEpoch, arms);

    private static ArmResult B(params MemoryMoment[] memory) =>
        new(new Arm("B", Road.Direct, 2_000), 0) { Memory = memory };

    private static ArmResult D() => Round(new(new Arm("D", Road.Sento, 100), 0), 0, p50: 5) with
    {
        Memory = [new(2, 20, 60 * Megabyte)],
    };

    private static ArmResult Round(ArmResult arm, int round, double p50) => arm with
    {
        Round = round,
        Started = 20,
        Succeeded = 20,
        Moments = [At(1), At(2)],
        Latency = new(20, p50, p50, p50, p50, p50),
    };

    private static Moment At(double seconds, int servers = 20) => new(seconds, 900, servers, 5, 10, 0);
}
