using System.Reflection;
using System.Text.RegularExpressions;
using Sento.Tests.Support;

namespace Sento.Tests.Scenarios;

/// <summary>
/// docs/protocols/postgres.md is true: each row of its table is driven by tests that exist and run.
/// </summary>
public sealed partial class StateTable
{
    private static readonly string[] s_rows = [.. File
        .ReadLines(SourceTree.At("docs", "protocols", "postgres.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)];

    [Fact]
    public void Each_row_is_driven_by_a_test_that_runs()
    {
        Assert.NotEmpty(s_rows);
        var faults = new List<string>();
        foreach (var row in s_rows)
        {
            var cells = row.Split(" | ");
            var tests = cells.Length == 3 ? TestName().Matches(cells[2]) : null;
            if (tests is not { Count: > 0 })
                faults.Add($"names no test: {row}");
            foreach (Match test in tests ?? Enumerable.Empty<Match>())
            {
                if (!Runs(test.Groups[1].Value, test.Groups[2].Value))
                    faults.Add($"no such test, or not run by default: {test.Value}");
            }
        }
        Assert.Empty(faults);
    }

    private static bool Runs(string className, string method)
    {
        var found = typeof(StateTable).Assembly.GetType($"{typeof(StateTable).Namespace}.{className}")
            ?.GetMethod(method, BindingFlags.Public | BindingFlags.Instance);
        return found?.GetCustomAttribute<FactAttribute>() is { Explicit: false, Skip: null };
    }

    [GeneratedRegex("`(\\w+)\\.(\\w+)`")]
    private static partial Regex TestName();
}
