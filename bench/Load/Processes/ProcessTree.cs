using System.Globalization;

namespace Sento.Load.Processes;

/// <summary>Finds the descendants of a process: whatever a proxy starts is charged to it.</summary>
internal static class ProcessTree
{
    /// <summary>The process itself and all its living descendants.</summary>
    public static List<int> Of(int rootProcessId)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => Path.GetFileName(folder))
            .Where(name => char.IsAsciiDigit(name[0]))
            .Select(name => int.Parse(name, CultureInfo.InvariantCulture))
            .ToLookup(ParentOf);
        var found = new List<int> { rootProcessId };
        for (var index = 0; index < found.Count; index++) found.AddRange(children[found[index]]);
        return found;
    }

    private static int ParentOf(int processId)
    {
        try
        {
            // "1234 (name) S 1 ...": the name may hold anything, so count from its closing bracket.
            var text = File.ReadAllText($"/proc/{processId}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ', 3);
            return int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1; // It ended meanwhile.
        }
    }
}
