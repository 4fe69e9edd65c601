using System.Globalization;

namespace Sento.Lab.Measures;

/// <summary>What a process and all that it started use, as the kernel counts it.</summary>
public static class ProcessFamily
{
    private const double TicksPerSecond = 100;
    private const int UserTime = 11;
    private const int ChildrensSystemTime = 14;

    /// <summary>The process itself and all its living descendants.</summary>
    public static IReadOnlyList<int> Of(int root)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => Path.GetFileName(folder))
            .Where(name => char.IsAsciiDigit(name[0]))
            .Select(name => int.Parse(name, CultureInfo.InvariantCulture))
            .ToLookup(ParentOf);
        var found = new List<int> { root };
        for (var index = 0; index < found.Count; index++)
            found.AddRange(children[found[index]]);
        return found;
    }

    /// <summary>
    /// Memory in bytes, pages that several processes share divided between them: the sum over a family is
    /// what it really occupies.
    /// </summary>
    public static long ProportionalBytes(int root) => Of(root).Sum(ProportionalBytesOf);

    /// <summary>CPU time of the family, of those too that have ended and were waited for.</summary>
    public static double CpuSeconds(int root) => Of(root).Sum(id =>
    {
        var fields = Fields(id);
        return fields.Length > ChildrensSystemTime
            ? fields[UserTime..(ChildrensSystemTime + 1)]
                .Sum(text => double.Parse(text, CultureInfo.InvariantCulture)) / TicksPerSecond
            : 0;
    });

    private static int ParentOf(int id) =>
        Fields(id) is { Length: > 1 } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : -1;

    /// <summary>What follows the name in /proc/PID/stat; nothing: it has ended.</summary>
    private static string[] Fields(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static long ProportionalBytesOf(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/smaps_rollup")
                .FirstOrDefault(text => text.StartsWith("Pss:", StringComparison.Ordinal));
            var kilobytes = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] ?? "0";
            return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
