using System.Globalization;
using System.Text;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Reports;

/// <summary>What was measured, on what, when: the head of every report.</summary>
internal static class MachineDescription
{
    /// <summary>"2x-amd-epyc": for file names; no host name, it is nobody's business.</summary>
    public static string Slug()
    {
        var slug = new StringBuilder($"{Environment.ProcessorCount}x-");
        foreach (var letter in ProcessorName().ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter)) slug.Append(letter);
            else if (slug[^1] != '-') slug.Append('-');
        }

        return slug.ToString().TrimEnd('-');
    }

    public static string Lines(Stage stage, IEnumerable<IContender> contenders)
    {
        var text = new StringBuilder();
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var when = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        text.Append(CultureInfo.InvariantCulture, $"- {when} UTC, Sento at commit {Commit(stage)}\n");
        text.Append(CultureInfo.InvariantCulture,
            $"- {Environment.ProcessorCount} × {ProcessorName()}, Linux {kernel}, load average {load}\n");
        text.Append(CultureInfo.InvariantCulture, $"- {stage.Database.Version}\n");
        foreach (var contender in contenders)
            text.Append(CultureInfo.InvariantCulture, $"- {contender.Name}: {contender.Description}\n");
        return text.ToString().TrimEnd();
    }

    private static string ProcessorName() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?
        .Split(':')[1].Trim() ?? "processor";

    private static string Commit(Stage stage)
    {
        try
        {
            return Child.Run(
                "git", ["git", "-C", Programs.Root, "describe", "--always", "--dirty"],
                stage.FileFor("git.log"), stage.Interruption, TimeSpan.FromSeconds(10)).Trim();
        }
        catch (BenchFailure)
        {
            return "unknown";
        }
    }
}
