using Sento.Lab.Servers;

namespace Sento.Lab.Roads;

/// <summary>Where PgBouncer is on this machine.</summary>
internal static class PgBouncerProgram
{
    /// <summary>Names another one.</summary>
    public const string Variable = "SENTO_LAB_PGBOUNCER";

    /// <summary>What the variable names, what is installed, or what the benchmarks unpacked.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return named;
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var unpacked = Path.Combine(cache, "sento/pgbouncer/bin/pgbouncer");
        return ChildProgram.Find("pgbouncer") ?? (File.Exists(unpacked) ? unpacked : null);
    }

    /// <summary>
    /// The same, installed from the distribution when it is missing; null: that can't be done, and why was
    /// said.
    /// </summary>
    public static async Task<string?> FindOrInstallAsync(TextWriter output)
    {
        if (Find() is { } found)
            return found;
        var packages = new DebianPackages(output, "PgBouncer");
        try
        {
            packages.Demand("pgbouncer");
            await output.WriteLineAsync("PgBouncer is missing. Installing it, without its service:");
            await packages.UpdateAsync();
            await packages.InstallIdleAsync("pgbouncer");
        }
        catch (LabFault fault)
        {
            await output.WriteLineAsync($"Without PgBouncer: {fault.Message}");
        }
        return Find();
    }
}
