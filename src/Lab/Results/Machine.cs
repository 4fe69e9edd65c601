using System.Globalization;

namespace Sento.Lab.Results;

/// <summary>Where a run took place.</summary>
public sealed record Machine(string Processor, int Cores, long MemoryBytes, string Database, string Program)
{
    public static Machine Here(string database, string program) => new(
        Line("/proc/cpuinfo", "model name")?.Split(':', 2)[1].Trim() ?? "unknown",
        Environment.ProcessorCount,
        long.Parse(
            Line("/proc/meminfo", "MemTotal")?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] ?? "0",
            CultureInfo.InvariantCulture) * 1024,
        database, program);

    private static string? Line(string file, string start) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal));
}
