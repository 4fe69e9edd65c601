namespace Sento.Tests.Support;

/// <summary>Where the project's own files are, seen from the running tests.</summary>
public static class SourceTree
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>
    /// The program built from src/Sento together with these tests, unless SENTO_PROGRAM names another.
    /// </summary>
    public static string SentoProgram { get; } = Environment.GetEnvironmentVariable("SENTO_PROGRAM") ??
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Sento",
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "sento.dll"));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        for (; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Sento.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No Sento.slnx above {AppContext.BaseDirectory}.");
    }
}
