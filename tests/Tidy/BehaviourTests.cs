using Xunit;

namespace Sento.Tests.Tidy;

/// <summary>The tables of behaviours in docs/protocols are true: each is held by tests that run.</summary>
public sealed class BehaviourTests
{
    private const string MySql = "mysql-behaviours.md";

    [Theory]
    [InlineData("postgres-behaviours.md", 62)]
    [InlineData(MySql, 44)]
    public void Each_behaviour_has_a_row(string document, int count) =>
        Assert.Equal(
            Enumerable.Range(1, count).Select(n => $"{n}"),
            BehaviourTable.Of(document).Rows.Select(row => row.Number));

    [Theory]
    [InlineData("postgres-behaviours.md")]
    [InlineData(MySql)]
    public void Each_row_names_tests_that_run(string document) => Assert.Empty(
        from row in BehaviourTable.Of(document).Rows
        from fault in row.Tests.Count == 0 ? ["no test at all"]
            : row.Tests.Where(name => !TestCatalog.Runs(name))
        select $"{row.Number}: {fault}");

    [Fact]
    public void Each_behaviour_of_mysql_is_tested_on_both_servers() => Assert.Empty(
        from row in BehaviourTable.Of(MySql).Rows
        where !row.Tests.Any(TestCatalog.RunsOnBothServers)
        select $"{row.Number}: none of its tests runs on MariaDB and on MySQL");
}
