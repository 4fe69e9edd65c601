using System.Text.RegularExpressions;
using Xunit;

namespace Sento.Tests.Tidy;

/// <summary>
/// Words that may not stand in the tree. This file spells them in pieces, so that it passes itself.
/// </summary>
public sealed partial class WordTests
{
    private static IEnumerable<ProjectFile> Code => ProjectFile.All.Where(file => file.IsCode);

    private static IEnumerable<ProjectFile> Tests => Code.Where(file => file.IsIn("tests"));

    [Theory]
    [InlineData("#" + "region")]
    [InlineData("FIX" + "ME")]
    [InlineData("NotImplemented" + "Exception")]
    [InlineData("async " + "void")]
    public void Word_is_nowhere_in_the_code(string word) =>
        Assert.Empty(Code.SelectMany(file => file.LinesWhere(line => Has(line, word))));

    [Theory]
    [InlineData("Thread" + ".Sleep")]
    [InlineData("Task" + ".Delay(")]
    public void Tests_wait_for_facts_and_do_not_sleep(string word) =>
        Assert.Empty(Tests.SelectMany(file => file.LinesWhere(line => Has(line, word))));

    [Fact]
    public void Things_left_to_do_carry_a_number() =>
        Assert.Empty(Code.SelectMany(file => file.LinesWhere(line => LeftToDo().IsMatch(line))));

    [Theory]
    [InlineData("/wo" + "rk/")]
    [InlineData("/tmp/" + "wt")]
    public void Paths_of_one_machine_are_nowhere(string path) =>
        Assert.Empty(ProjectFile.All.SelectMany(file => file.LinesWhere(line => Has(line, path))));

    [Fact]
    public void Folders_are_named_after_what_is_in_them()
    {
        string[] vague = ["Utils", "Util", "Helpers", "Helper", "Common", "Misc", "Extensions", "Managers"];

        Assert.Empty(ProjectFile.All
            .Select(file => file.Path)
            .Where(path => path.Split('/').Any(vague.Contains)));
    }

    [Fact]
    public void Types_are_named_after_what_they_are() =>
        Assert.Empty(Code.Where(file => file.IsIn("src")).Select(file => file.Path)
            .Where(path => VagueType().IsMatch(path)));

    [Fact]
    public void Classes_are_sealed_unless_made_to_be_inherited() =>
        Assert.Empty(Code.SelectMany(file => file.LinesWhere(line => OpenClass().IsMatch(line))));

    private static bool Has(string line, string word) => line.Contains(word, StringComparison.Ordinal);

    [GeneratedRegex(@"\bTODO\b(?!\(#\d+\))")]
    private static partial Regex LeftToDo();

    [GeneratedRegex(@"(Manager|Helper|Utils|Util|Impl)\.cs$")]
    private static partial Regex VagueType();

    [GeneratedRegex(@"^\s*(public|internal|private|protected)\s+(unsafe |partial )*class\s")]
    private static partial Regex OpenClass();
}
