using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Databases;

/// <summary>As whom database servers run: they refuse to run as root.</summary>
internal static class ServerUser
{
    private const string Name = "postgres";

    public static bool IsNeeded => Environment.UserName == "root";

    /// <summary>Runs a program as a user that servers accept.</summary>
    public static Recipe Recipe(string path, params string[] arguments) => !IsNeeded
        ? new Recipe(path, arguments)
        : new Recipe("setpriv", [$"--reuid={Name}", $"--regid={Name}", "--init-groups", "--", path,
            .. arguments]);

    /// <summary>Gives files to the user that the servers run as.</summary>
    public static async Task HandOver(params string[] paths)
    {
        if (!IsNeeded)
            return;
        var done = await GuardedProcess.Run(new Recipe("chown", [Name, .. paths]), Eventually.Deadline);
        if (done.ExitCode != 0)
            throw new InvalidOperationException($"chown failed: {done.Errors}");
    }

    /// <summary>
    /// Where programs that are unpacked beside the system are: the same as in tests/tools/install-needs.
    /// </summary>
    public static string CacheFolder() =>
        Environment.GetEnvironmentVariable("SENTO_CACHE") is { Length: > 0 } chosen ? chosen
        : IsNeeded ? "/var/cache/sento"
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache"), "sento");
}
