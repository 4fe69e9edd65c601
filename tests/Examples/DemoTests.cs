namespace Sento.Tests.Examples;

/// <summary>./sento demo tells lines to paste: pasted, they do what stands above them.</summary>
public sealed class DemoTests(DemoGround demo) : IClassFixture<DemoGround>
{
    [Fact]
    public async Task Password_signs_in_to_postgres_over_tls()
    {
        var said = await Said(
            " -Atc \"select current_user, (select count(*) from pg_stat_activity where usename = 'app')\"",
            demo.Lines.First(line => line.Contains("psql", StringComparison.Ordinal)));

        Assert.Matches(@"^app\|[1-5]$", said);
    }

    [Fact]
    public async Task Password_signs_in_to_mariadb_over_tls() => Assert.Matches(
        "^app@",
        await Said(
            " -Ne 'select current_user()'",
            demo.Lines.First(line => line.Contains(" --ssl -h ", StringComparison.Ordinal))));

    [Fact]
    public async Task Token_signs_in_to_postgres() => Assert.Equal(
        "app",
        await Said(
            " -Atc 'select current_user'",
            demo.From("export AWS_ACCESS_KEY_ID", "'postgresql://app@127")));

    [Fact]
    public async Task Token_signs_in_to_mariadb() => Assert.Matches(
        "^app@",
        await Said(
            " -Ne 'select current_user()'",
            [.. demo.From("export AWS_ACCESS_KEY_ID", "export AWS_SECRET_ACCESS_KEY"),
                demo.Line(" --password=\"$(")]));

    [Fact]
    public async Task Two_hundred_clients_work_on_five_connections() => Assert.Contains(
        "number of failed transactions: 0 (0.000%)",
        await Said("", demo.From("pgbench -i", "pgbench -c 200")));

    [Fact]
    public async Task Secret_is_told_by_the_api_to_who_may_read_it()
    {
        var said = await Said(
            "",
            [.. demo.From("export AWS_ACCESS_KEY_ID", "export AWS_SECRET_ACCESS_KEY"),
                demo.Line("get-secret-value")]);

        Assert.Contains("\"Name\": \"demo/postgres\"", said);
        Assert.Contains("\\\"username\\\":\\\"app\\\"", said);
    }

    [Fact]
    public async Task Password_changes_and_the_first_one_still_signs_in()
    {
        var before = await Said("", demo.Line("secret get "));
        await Said("", demo.Line("secret rotate "));
        var after = await Said("", demo.Line("secret get "));

        Assert.NotEqual(before, after);
        Assert.Equal(
            "1",
            await Said(" -Atc 'select 1'",
                demo.Lines.First(line => line.Contains("psql", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Clients_are_listed() =>
        Assert.StartsWith("[", await Said("", demo.Line("curl ")));

    private async Task<string> Said(string more, params IEnumerable<string> lines)
    {
        var finished = await demo.Paste(more, lines);
        var text = $"{string.Join('\n', lines)}\n{finished.Output}{finished.Errors}";
        Assert.True(finished.ExitCode == 0, text);
        return finished.Output.Trim();
    }
}

/// <summary>A demonstration from its beginning to its end.</summary>
public sealed class DemoEndTests
{
    [Fact]
    public async Task Every_line_pasted_in_order_ends_well()
    {
        await using var demo = new DemoGround();
        await demo.InitializeAsync();
        string[] tools = ["psql", "mariadb", "pgbench", "aws rds generate-db-auth-token", "curl"];
        foreach (var tool in tools)
            Assert.Contains(demo.Lines, line => line.Contains(tool, StringComparison.Ordinal));

        var finished = await demo.Paste("", demo.Lines);

        Assert.True(finished.ExitCode == 0, $"{demo.Text}\n{finished.Output}{finished.Errors}");
    }

    [Theory]
    [InlineData("mariadb", "psql")]
    [InlineData("postgres", "mariadb")]
    public async Task Demonstration_of_one_database_has_lines_for_no_other(string only, string other)
    {
        await using var demo = new DemoGround { Only = only };
        await demo.InitializeAsync();
        Assert.DoesNotContain(
            demo.Lines, line => line.StartsWith($"{other} ", StringComparison.Ordinal));

        var finished = await demo.Paste("", demo.Lines);

        Assert.True(finished.ExitCode == 0, $"{demo.Text}\n{finished.Output}{finished.Errors}");
        Assert.Contains("app", finished.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_demonstration_leaves_nothing()
    {
        var demo = new DemoGround();
        await demo.InitializeAsync();
        Assert.NotEmpty(Directory.GetDirectories(demo.Temporary, "sento-throwaway-*"));

        Assert.Equal(0, await demo.Interrupt());

        Assert.Empty(Directory.GetDirectories(demo.Temporary, "sento-throwaway-*"));
        await demo.DisposeAsync();
    }
}
