using System.Text.RegularExpressions;
using Xunit;

namespace Sento.Tests.Tidy;

/// <summary>docs/protocols/postgres-behaviours.md is true: each behaviour is held by tests that
/// run.</summary>
public sealed partial class BehaviourTests
{
    private const string Document = "docs/protocols/postgres-behaviours.md";
    private const int Behaviours = 62;

    private static readonly string[][] s_rows =
        [.. ProjectFile.All.Single(file => file.Path == Document).Lines
        .Where(line => Row().IsMatch(line)).Select(line => line.Split('|', StringSplitOptions.TrimEntries))];

    [Fact]
    public void Each_behaviour_has_a_row() =>
        Assert.Equal(Enumerable.Range(1, Behaviours).Select(n => $"{n}"), s_rows.Select(row => row[1]));

    [Fact]
    public void Each_row_names_tests_that_run()
    {
        var tests = Tests();
        Assert.Empty(
            from row in s_rows
            let named = Name().Matches(row[3]).Select(name => name.Groups[1].Value).ToArray()
            from fault in named.Length == 0 ? ["no test at all"] : named.Where(name => !tests.Contains(name))
            select $"{row[1]}: {fault}");
    }

    /// <summary>Class.Method of every test that is neither skipped nor left to be asked for.</summary>
    private static HashSet<string> Tests()
    {
        var found = new HashSet<string>();
        foreach (var file in ProjectFile.All.Where(file => file.IsCode && file.IsIn("tests")))
        {
            var (type, runs) = ("", false);
            foreach (var line in file.Lines)
            {
                if (Type().Match(line) is { Success: true } declared)
                    type = declared.Groups[1].Value;
                if (Attribute().Match(line) is { Success: true } attribute)
                    runs = attribute.Groups[1].Value.Length == 0;
                if (Method().Match(line) is not { Success: true } method)
                    continue;
                if (runs)
                    found.Add($"{type}.{method.Groups[1].Value}");
                runs = false;
            }
        }
        return found;
    }

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^public sealed (?:partial )?class (\w+)")]
    private static partial Regex Type();

    /// <summary>What stands in the brackets behind it, Explicit or Skip, keeps a test from running.</summary>
    [GeneratedRegex(@"^    \[(?:Fact|Theory)(.*)\]$")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^    public (?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Method();
}
