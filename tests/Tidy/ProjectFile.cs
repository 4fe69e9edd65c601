using Sento.Tests.Support;

namespace Sento.Tests.Tidy;

/// <summary>A text file of the project, read once. Paths are relative to the root and use slashes.</summary>
public sealed class ProjectFile
{
    private static readonly string[] ForeignFolders =
        [".git", ".tools", ".work", ".vs", ".idea", ".vscode", "artifacts", "bin", "obj", "node_modules",
            "__pycache__"];

    private static readonly string[] TextEndings =
    [
        ".cs", ".csproj", ".props", ".slnx", ".json", ".yaml", ".yml", ".md", ".sh", ".py", ".mjs",
        ".java", ".txt",
    ];

    private static readonly string[] MadeByTools = ["packages.lock.json", "package-lock.json"];

    private ProjectFile(string path, string[] lines)
    {
        Path = path;
        Lines = lines;
    }

    public static IReadOnlyList<ProjectFile> All { get; } = [.. ReadAll()];

    public string Path { get; }

    public IReadOnlyList<string> Lines { get; }

    public bool IsCode => Path.EndsWith(".cs", StringComparison.Ordinal);

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>Each line that the rule objects to, as <c>path:number: line</c>.</summary>
    public IEnumerable<string> LinesWhere(Func<string, bool> isWrong) => Lines
        .Select((line, index) => (line, index))
        .Where(l => isWrong(l.line))
        .Select(l => $"{Path}:{l.index + 1}: {l.line.Trim()}");

    private static IEnumerable<ProjectFile> ReadAll()
    {
        var folders = new Queue<string>([SourceTree.Root]);
        while (folders.TryDequeue(out var folder))
        {
            foreach (var inner in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
            {
                if (!ForeignFolders.Contains(System.IO.Path.GetFileName(inner)))
                    folders.Enqueue(inner);
            }
            foreach (var file in Directory.GetFiles(folder).Where(IsText).Order(StringComparer.Ordinal))
            {
                var path = System.IO.Path.GetRelativePath(SourceTree.Root, file).Replace('\\', '/');
                yield return new ProjectFile(path, File.ReadAllLines(file));
            }
        }
    }

    private static bool IsText(string file)
    {
        var name = System.IO.Path.GetFileName(file);
        if (MadeByTools.Contains(name))
            return false;
        return TextEndings.Contains(System.IO.Path.GetExtension(name)) || IsScript(file, name);
    }

    /// <summary>Scripts carry no ending: known by their first two bytes.</summary>
    private static bool IsScript(string file, string name)
    {
        if (name.Contains('.', StringComparison.Ordinal))
            return false;
        using var stream = File.OpenRead(file);
        return stream.ReadByte() == '#' && stream.ReadByte() == '!';
    }
}
