using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sento.Lab.Servers;

/// <summary>Runs other programs for the lab and the demonstration; ends by its id what was started.</summary>
public static class ChildProgram
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    private const int OutputCharactersMax = 4_000;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="input">What it reads; null: nothing.</param>
    /// <returns>The exit code, and the end of what it wrote to either output.</returns>
    public static async Task<(int Code, string Output)> RunAsync(
        IReadOnlyList<string> command, string? input = null) => await ToEndAsync(Start(command), input);

    /// <summary>Waits for the end of a program that was started.</summary>
    public static async Task<(int Code, string Output)> ToEndAsync(Process started, string? input = null)
    {
        using var process = started;
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var text = (await output + await errors).Trim();
        return (process.ExitCode, text[Math.Max(0, text.Length - OutputCharactersMax)..]);
    }

    /// <summary>Starts a program with its outputs as pipes.</summary>
    /// <param name="environment">Variables beside our own; null: none.</param>
    public static Process Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The servers' user may not enter the folder that we were started in.
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            return Process.Start(start) ?? throw new LabFault($"{command[0]} could not be started.");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new LabFault($"{command[0]} could not be started: {error.Message}");
        }
    }

    /// <summary>Where a program is; null: nowhere on the search path.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/bin", "/usr/sbin", "/bin", "/sbin"])
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <returns>False: there is no such process any more.</returns>
    public static bool Signal(int processId, int signal) => Send(processId, signal) == 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int processId, int signal);
}
