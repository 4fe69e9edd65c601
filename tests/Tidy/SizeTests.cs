using Xunit;

namespace Sento.Tests.Tidy;

public sealed class SizeTests
{
    private const int FileLinesMax = 500;
    private const int LineCharactersMax = 110;

    [Fact]
    public void Source_files_have_five_hundred_lines_at_most()
    {
        var counts = ProjectFile.All
            .Where(file => file.IsCode && file.Lines.Count > FileLinesMax)
            .ToDictionary(file => file.Path, file => file.Lines.Count);

        Assert.Empty(Tolerated.Exceeding("file-lines", counts));
    }

    [Fact]
    public void Lines_have_a_hundred_and_ten_characters_at_most()
    {
        // Prose and data wrap where they must; code and scripts are what is read side by side.
        string[] prose = [".md", ".json", ".txt", ".slnx", ".csproj", ".props"];
        var counts = ProjectFile.All
            .Where(file => !prose.Contains(Path.GetExtension(file.Path)))
            .Select(file => (file.Path, Count: file.Lines.Count(line => line.Length > LineCharactersMax)))
            .Where(file => file.Count > 0)
            .ToDictionary(file => file.Path, file => file.Count);

        Assert.Empty(Tolerated.Exceeding("long-lines", counts));
    }
}
