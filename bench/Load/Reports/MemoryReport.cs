using Sento.Load.Measures;

namespace Sento.Load.Reports;

/// <summary>What idle clients cost.</summary>
internal static class MemoryReport
{
    /// <param name="more">What is special about these clients.</param>
    public static string Of(IReadOnlyDictionary<string, IdleMemory.Result> results, string more = "")
    {
        var table = new Table(
            "proxy", "idle clients", "resident without clients, MB", "bytes for each, signed in",
            "bytes for each, after a query", "ratio");
        results.TryGetValue(ThroughputReport.Yardstick, out var yardstick);
        foreach (var (name, result) in results)
        {
            table.Add(
                name, Text.Number(result.Clients, "0"), Text.Number(result.BaseBytes / 1e6, "0.0"),
                Text.Number(result.SignedInBytes, "0"), Text.Number(result.Bytes, "0"),
                Text.Number(result.Bytes / yardstick?.Bytes, "0.00"));
        }

        return $"## Memory for each idle client{more}\n\n{table}";
    }
}
