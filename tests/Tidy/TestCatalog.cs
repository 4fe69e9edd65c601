using System.Text.RegularExpressions;

namespace Sento.Tests.Tidy;

/// <summary>Class.Method of every test that is neither skipped nor left to be asked for.</summary>
internal static partial class TestCatalog
{
    /// <summary>With the lines from its attributes to the next test.</summary>
    private static readonly Dictionary<string, string> s_tests = Read();

    public static bool Runs(string test) => s_tests.ContainsKey(test);

    public static bool RunsOnBothServers(string test) => s_tests.TryGetValue(test, out var text)
        && (text.Contains("OnBoth", StringComparison.Ordinal)
            || (text.Contains("MySqlKind.MariaDb", StringComparison.Ordinal)
                && text.Contains("MySqlKind.MySql", StringComparison.Ordinal)));

    private static Dictionary<string, string> Read()
    {
        var found = new Dictionary<string, string>();
        foreach (var file in ProjectFile.All.Where(file => file.IsCode && file.IsIn("tests")))
        {
            var (type, name, runs) = ("", "", false);
            var text = new List<string>();
            foreach (var line in file.Lines)
            {
                if (Type().Match(line) is { Success: true } declared)
                    type = declared.Groups[1].Value;
                if (Attribute().Match(line) is { Success: true } attribute)
                {
                    Keep();
                    runs = !IsLeftOut().IsMatch(attribute.Groups[1].Value);
                }
                text.Add(line);
                if (Method().Match(line) is not { Success: true } method || name.Length > 0)
                    continue;
                name = method.Groups[1].Value;
            }
            Keep();

            void Keep()
            {
                if (runs && name.Length > 0)
                    found[$"{type}.{name}"] = string.Join('\n', text);
                (name, runs) = ("", false);
                text.Clear();
            }
        }
        return found;
    }

    [GeneratedRegex(@"^public sealed (?:partial )?class (\w+)")]
    private static partial Regex Type();

    [GeneratedRegex(@"^    \[(?:Fact|Theory)(.*)\]$")]
    private static partial Regex Attribute();

    [GeneratedRegex("Explicit|Skip")]
    private static partial Regex IsLeftOut();

    [GeneratedRegex(@"^    public (?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Method();
}
