namespace Sento.Host;

/// <summary>Where Sento keeps what must outlive it: systemd's state folder, else the user's own.</summary>
internal static class StateFolder
{
    public static string Path { get; } =
        Environment.GetEnvironmentVariable("STATE_DIRECTORY")
        ?? System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_STATE_HOME") ?? System.IO.Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
            "sento");
}
