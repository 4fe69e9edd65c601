using System.Globalization;

namespace Sento.Lab.Servers;

/// <summary>
/// Removes what runs left behind that could not clean up: killed, or the machine went down.
/// </summary>
public static class StaleServers
{
    private const string FolderPrefix = "sento-throwaway-";
    private const string OwnerFile = "owner";
    private static readonly string[] PidFiles = ["postmaster.pid", "server.pid"];

    /// <summary>Makes a folder that is found here later, unless its maker still lives then.</summary>
    internal static string CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory(FolderPrefix).FullName;
        File.WriteAllText(
            Path.Combine(folder, OwnerFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return folder;
    }

    public static async Task RemoveAsync(TextWriter output)
    {
        foreach (var folder in Directory.GetDirectories(
            Path.GetTempPath(), FolderPrefix + "*"))
        {
            if (OwnerIsAlive(folder))
                continue;
            try
            {
                foreach (var file in PidFiles)
                    StopServer(Path.Combine(folder, "data"), file);
                Directory.Delete(folder, recursive: true);
                await output.WriteLineAsync($"Removed {folder}, left by a run that was killed.");
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Somebody else's: it is not ours to clean up.
            }
        }
    }

    private static bool OwnerIsAlive(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, OwnerFile));
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var owner))
                return false;
            // The number may have been given to another program since.
            var program = File.ReadAllText($"/proc/{owner}/cmdline");
            return program.Contains("sento", StringComparison.Ordinal);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static void StopServer(string data, string pidFile)
    {
        var file = Path.Combine(data, pidFile);
        if (!File.Exists(file)
            || !int.TryParse(
                File.ReadLines(file).First(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return;
        }
        // A server works in its data folder: what else has this number by now does not.
        var folder = new FileInfo($"/proc/{id}/cwd").LinkTarget;
        if (folder == data)
            ChildProgram.Signal(id, ChildProgram.Quit);
    }
}
