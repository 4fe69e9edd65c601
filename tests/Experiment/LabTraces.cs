using System.Globalization;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Experiment;

/// <summary>Where one run of the lab puts what it throws away, and what is found of it.</summary>
public sealed class LabTraces : IDisposable
{
    /// <summary>On the command lines of database servers, and in the environment of everything.</summary>
    private readonly string _temporary = RunFolder.Create("lab-temporary");

    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["SENTO_LAB_PGBOUNCER"] = "/bin/false",
        ["TMPDIR"] = _temporary,
    };

    /// <summary>Processes that the run started and that live.</summary>
    public IReadOnlyList<(int Id, string Command)> Left() =>
    [
        .. Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
            .Where(folder => IsOurs(Read(folder, "environ")) || IsOurs(Read(folder, "cmdline")))
            .Select(folder => (
                int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture),
                Read(folder, "cmdline").Replace('\0', ' '))),
    ];

    /// <summary>Folders of database servers that are still there.</summary>
    public IReadOnlyList<string> FoldersLeft() => Directory.GetDirectories(_temporary, "sento-throwaway-*");

    public void Dispose() => Directory.Delete(_temporary, recursive: true);

    private bool IsOurs(string text) => text.Contains(_temporary, StringComparison.Ordinal);

    private static string Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
