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

    [GeneratedRegex("""<path d="(?<path>[^"]*)" class="area"/>""")]
    private static partial Regex AreaPath();

    [GeneratedRegex("[ML](?<x>[0-9.]+) ")]
    private static partial Regex Place();

    private static RunResult Run(params ArmResult[] arms) =>
        new(Plan, Machine, DateTimeOffset.UnixEpoch, arms);

    private static ArmResult B(params MemoryMoment[] memory) =>
        new(new Arm("B", Road.Direct, 2_000), 0) { Memory = memory };

    private static ArmResult D() => new(new Arm("D", Road.Sento, 100), 0)
    {
        Started = 20,
        Succeeded = 20,
        Moments = [At(1), At(2)],
        Memory = [new(2, 20, 60 * Megabyte)],
    };

    private static Moment At(double seconds, int servers = 20) => new(seconds, 900, servers, 5, 10, 0);
}
