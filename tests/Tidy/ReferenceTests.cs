using System.Xml.Linq;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Tidy;

/// <summary>The one direction in which the projects of src/ may know each other.</summary>
public sealed class ReferenceTests
{
    /// <summary>
    /// A project, and all that it may name. The data plane knows no protocol, protocols do not know each
    /// other, the control plane cannot touch a session; only the host composes them.
    /// </summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Base"] = [],
        ["Model"] = ["Base"],
        ["Transport"] = ["Base"],
        ["Identity"] = ["Base"],
        ["Vault"] = ["Base"],
        ["DataPlane"] = ["Base", "Model", "Transport"],
        ["Postgres"] = ["Base", "Model", "Transport", "DataPlane"],
        ["MySql"] = ["Base", "Model", "Transport", "DataPlane"],
        ["ControlPlane"] = ["Base", "Model", "Identity", "Vault"],
        ["Console"] = ["Base", "Model", "ControlPlane"],
        ["Lab"] = ["Base", "Model"],
        ["Sento"] =
        [
            "Base", "Model", "Transport", "Identity", "Vault", "DataPlane", "Postgres", "MySql",
            "ControlPlane", "Console", "Lab",
        ],
    };

    private static readonly string[] Projects =
        [.. Directory.GetFiles(SourceTree.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/artifacts/", StringComparison.Ordinal))
            .Where(path => !path.Contains("/node_modules/", StringComparison.Ordinal))];

    private static IEnumerable<string> Sources =>
        Projects.Where(path => path.StartsWith(SourceTree.At("src"), StringComparison.Ordinal));

    [Fact]
    public void Every_project_of_the_sources_has_its_place_in_the_order() =>
        Assert.Empty(Sources.Select(NameOf).Where(name => !Allowed.ContainsKey(name)));

    [Fact]
    public void Projects_reference_only_what_they_may_know() =>
        Assert.Empty(
            from path in Sources
            let name = NameOf(path)
            from reference in ReferencesOf(path)
            where !Allowed[name].Contains(reference)
            select $"{name} references {reference}");

    [Fact]
    public void Sources_name_only_the_namespaces_they_may_know() =>
        Assert.Empty(
            from file in ProjectFile.All
            where file.IsCode && file.IsIn("src")
            let name = file.Path.Split('/')[1]
            from line in file.LinesWhere(line => UsedProject(line) is { } used && !MayName(name, used))
            select line);

    [Fact]
    public void Solution_holds_every_project()
    {
        var solution = File.ReadAllText(SourceTree.At("Sento.slnx"));

        Assert.Empty(Projects
            .Select(path => Path.GetRelativePath(SourceTree.Root, path))
            .Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)));
    }

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project);

    private static IEnumerable<string> ReferencesOf(string project) => XDocument.Load(project)
        .Descendants("ProjectReference")
        .Select(reference => NameOf((string)reference.Attribute("Include")!));

    private static bool MayName(string project, string used) =>
        used == project || used == "Host" || Allowed[project].Contains(used);

    private static string? UsedProject(string line)
    {
        const string start = "using Sento.";
        if (!line.StartsWith(start, StringComparison.Ordinal))
            return null;
        var end = line.AsSpan(start.Length).IndexOfAny('.', ';');
        return end < 0 ? null : line.Substring(start.Length, end);
    }
}
