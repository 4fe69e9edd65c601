using System.Globalization;

namespace Sento.Load.Reports;

/// <summary>Keeps a report and its picture under bench/results, for each day and kind of machine.</summary>
internal static class ResultsFile
{
    /// <param name="extension">With its dot.</param>
    /// <returns>The path of the file; an earlier one of the same day is replaced.</returns>
    public static string Write(string text, string extension = ".md")
    {
        var path = PathOf(extension);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return Path.GetRelativePath(Programs.Root, path);
    }

    /// <summary>Behind what was written today.</summary>
    public static void Append(string text) => File.AppendAllText(PathOf(".md"), "\n" + text);

    private static string PathOf(string extension)
    {
        var date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Path.Combine(
            Programs.Root, "bench/results", $"{date}-{MachineDescription.Slug()}{extension}");
    }
}
