using System.Globalization;

namespace Sento.Tests.Support.Processes;

/// <summary>
/// Folders of one test run in the temporary folder, named after the process that owns them.
/// </summary>
public static class RunFolder
{
    private static readonly string Root =
        Path.Combine(Path.GetTempPath(), $"sento-tests-{Environment.UserName}");

    /// <summary>Database servers run as another user than tests that root runs.</summary>
    private const UnixFileMode EveryoneReads =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static int _made;

    static RunFolder()
    {
        Directory.CreateDirectory(Root, EveryoneReads);
        DeleteForsaken();
    }

    /// <summary>
    /// A new, empty folder. Whoever asks deletes it; what a crash leaves behind goes at the next run.
    /// </summary>
    public static string Create(string name)
    {
        var number = Interlocked.Increment(ref _made);
        var path = Path.Combine(Root, $"{Environment.ProcessId}-{number}-{name}");
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path, EveryoneReads).FullName;
    }

    /// <summary>A folder, or the place for one, that test runs share and none of them deletes.</summary>
    internal static string Shared(string name) => Path.Combine(Root, name);

    /// <summary>
    /// A file that is locked as long as this process lives, or null when another one holds it.
    /// </summary>
    internal static FileStream? TryLock(string name)
    {
        try
        {
            var path = Path.Combine(Root, name);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void DeleteForsaken()
    {
        foreach (var folder in Directory.GetDirectories(Root))
        {
            var owner = Path.GetFileName(folder).Split('-')[0];
            var hasOwner = int.TryParse(owner, CultureInfo.InvariantCulture, out var pid);
            if (!hasOwner || Directory.Exists($"/proc/{pid}"))
                continue;
            EndServerIn(folder);
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // Its server still writes, or another run deletes it too: the next run finds it again.
            }
        }
    }

    /// <summary>
    /// Ends a database server whose guard was killed too: known by the folder on its command line.
    /// </summary>
    private static void EndServerIn(string folder)
    {
        var pidFile = Path.Combine(folder, "data", "postmaster.pid");
        if (!File.Exists(pidFile) || !int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), out var pid))
            return;
        var commandLine = $"/proc/{pid}/cmdline";
        var isAlive = File.Exists(commandLine)
            && File.ReadAllText(commandLine).Contains(folder, StringComparison.Ordinal);
        if (isAlive)
            Signals.Send(pid, Signals.Quit);
    }
}
