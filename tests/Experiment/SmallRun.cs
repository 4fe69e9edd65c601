using System.Globalization;
using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Experiment;

/// <summary>
/// One short run of the lab as a person would start it, with all arms; PgBouncer's program is one that ends
/// at once, so that one arm is broken.
/// </summary>
public sealed class SmallRun : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Where runs put what they throw away; on the command lines of database servers.</summary>
    private readonly string _temporary = RunFolder.Create("lab-temporary");

    public string Folder { get; } = RunFolder.Create("lab");

    public FinishedProcess Finished { get; private set; } = null!;

    public IReadOnlyList<JsonElement> Arms { get; private set; } = [];

    /// <summary>The fields of each line of invocations.csv, without its head.</summary>
    public IReadOnlyList<string[]> Invocations { get; private set; } = [];

    public Recipe Recipe(string folder) => new(
        "dotnet", SourceTree.SentoProgram, "lab", "--quick", "--environments", "150", "--seed", "7",
        "--deadline", "10", "--out", folder)
    {
        Environment = new Dictionary<string, string?>
        {
            ["SENTO_LAB_PGBOUNCER"] = "/bin/false",
            ["TMPDIR"] = _temporary,
        },
    };

    public async ValueTask InitializeAsync()
    {
        Finished = await GuardedProcess.Run(Recipe(Folder), Patience);
        Assert.True(Finished.ExitCode == 0, Finished.Output + Finished.Errors);
        using var results = JsonDocument.Parse(await File.ReadAllTextAsync(At("results.json")));
        Arms = [.. results.RootElement.Clone().GetProperty("arms").EnumerateArray()];
        Invocations = [.. File.ReadLines(At("invocations.csv")).Skip(1).Select(line => line.Split(','))];
    }

    public string At(string file) => Path.Combine(Folder, file);

    public JsonElement Arm(string letter) => Arms.Single(arm => LetterOf(arm) == letter);

    public static string LetterOf(JsonElement arm) =>
        arm.GetProperty("arm").GetProperty("letter").GetString()!;

    /// <summary>Processes that a run of the lab started and that live.</summary>
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

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_temporary, recursive: true);
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

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
