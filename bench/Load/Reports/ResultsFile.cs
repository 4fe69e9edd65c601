using System.Globalization;

namespace Sento.Load.Reports;

/// <summary>Keeps a report under bench/results, one file for each day and kind of machine.</summary>
internal static class ResultsFile
{
    /// <returns>The path of the file; an earlier one of the same day is replaced.</returns>
    public static string Write(string text)
    {
        var date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var folder = Path.Combine(Programs.Root, "bench/results");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{date}-{MachineDescription.Slug()}.md");
        File.WriteAllText(path, text);
        return Path.GetRelativePath(Programs.Root, path);
    }
}
