namespace Sento.Host;

/// <summary>How this program is started again.</summary>
internal static class ThisProgram
{
    private const string Launcher = "./sento";

    /// <summary>By itself, or by dotnet.</summary>
    public static string[] Command { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
            ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "sento.dll")]
            : [Environment.ProcessPath!];

    /// <summary>What a person in this folder types.</summary>
    public static string Typed =>
        File.Exists(Launcher) && Command.Length == 1 ? Launcher : string.Join(' ', Command);
}
