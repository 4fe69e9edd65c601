using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Tidy;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Main_type_of_each_source_file_says_what_it_is() =>
        Assert.Empty(ProjectFile.All
            .Where(file => file.IsCode && file.IsIn("src"))
            .Where(file => MainTypeLine(file) is { } line && !IsDocumented(file, line))
            .Select(file => file.Path));

    /// <summary>A link that leads nowhere is worse than none.</summary>
    [Fact]
    public void Links_between_the_documents_lead_somewhere() =>
        Assert.Empty(
            from file in ProjectFile.All
            where file.Path.EndsWith(".md", StringComparison.Ordinal)
            from line in file.Lines
            from Match link in Link().Matches(line)
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
            let path = Path.Combine(SourceTree.Root, Path.GetDirectoryName(file.Path)!, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{file.Path}: {target}");

    /// <summary>
    /// The type that the file is named after; failing that, the first. Null: no type, as in Program.cs.
    /// </summary>
    private static int? MainTypeLine(ProjectFile file)
    {
        var name = Path.GetFileName(file.Path).Split('.')[0];
        int? first = null;
        for (var index = 0; index < file.Lines.Count; index++)
        {
            var match = TypeDeclaration().Match(file.Lines[index]);
            if (!match.Success)
                continue;
            if (match.Groups[1].Value == name)
                return index;
            first ??= index;
        }
        return first;
    }

    private static bool IsDocumented(ProjectFile file, int line)
    {
        do
            line--;
        while (line >= 0 && (file.Lines[line].StartsWith('[') || file.Lines[line].StartsWith(' ')));
        return line >= 0 && file.Lines[line].StartsWith("///", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^(?:public |internal |file )?"
        + @"(?:static |sealed |abstract |readonly |ref |unsafe |partial )*"
        + @"(?:class|struct|interface|enum|delegate \S+|record struct|record class|record) (\w+)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
