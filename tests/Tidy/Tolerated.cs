using System.Globalization;
using Sento.Tests.Support;

namespace Sento.Tests.Tidy;

/// <summary>
/// What tolerated.txt lets pass: a rule, a file, and how much of it. The numbers may only go down.
/// </summary>
/// <remarks>
/// <c>SENTO_TIDY_WRITE=1 ./test Tidy</c> writes the file anew from what there is: for a table that has to be
/// wide, or after files became better. Its diff is part of the review.
/// </remarks>
public static class Tolerated
{
    private static readonly string FilePath = SourceTree.At("tests", "Tidy", "tolerated.txt");

    private static readonly bool IsWriting = Environment.GetEnvironmentVariable("SENTO_TIDY_WRITE") == "1";

    private static readonly Lock WriteLock = new();

    /// <summary>The files that exceed what is tolerated of them, as sentences.</summary>
    /// <param name="counts">How much of the rule's offence each file has; files without any may be
    /// missing.</param>
    public static IReadOnlyList<string> Exceeding(string rule, IReadOnlyDictionary<string, int> counts)
    {
        if (IsWriting)
            Write(rule, counts);
        var tolerated = Read().Where(t => t.Rule == rule).ToDictionary(t => t.Path, t => t.Count);
        return [.. counts
            .Where(c => c.Value > tolerated.GetValueOrDefault(c.Key))
            .Select(c => $"{c.Key}: {c.Value}, tolerated are {tolerated.GetValueOrDefault(c.Key)}")];
    }

    private static IEnumerable<(string Rule, string Path, int Count)> Read()
    {
        if (!File.Exists(FilePath))
            yield break;
        foreach (var line in File.ReadLines(FilePath))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var words = line.Split(' ');
            yield return (words[0], words[2], int.Parse(words[1], CultureInfo.InvariantCulture));
        }
    }

    private static void Write(string rule, IReadOnlyDictionary<string, int> counts)
    {
        lock (WriteLock)
        {
            var others = Read().Where(t => t.Rule != rule).ToList();
            var all = others.Concat(counts.Select(c => (Rule: rule, Path: c.Key, Count: c.Value)));
            File.WriteAllLines(FilePath, [
                "# What the style rules let pass for now: rule, how much, file. Numbers go down, never up.",
                .. all
                    .OrderBy(t => t.Rule, StringComparer.Ordinal)
                    .ThenBy(t => t.Path, StringComparer.Ordinal)
                    .Select(t => $"{t.Rule} {t.Count} {t.Path}")]);
        }
    }
}
