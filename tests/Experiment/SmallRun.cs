using System.Text.Json;
using Sento.Tests.Experiment;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

[assembly: AssemblyFixture(typeof(SmallRun))]

namespace Sento.Tests.Experiment;

/// <summary>
/// One short run of the lab as a person would start it, with all arms; PgBouncer's program is one that ends
/// at once, so that one arm is broken. It begins when it is first asked for.
/// </summary>
public sealed class SmallRun : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Lazy<Task<SmallRun>> _run;

    public SmallRun() => _run = new(RunAsync);

    public LabTraces Traces { get; } = new();

    public string Folder { get; } = RunFolder.Create("lab");

    public FinishedProcess Finished { get; private set; } = null!;

    public IReadOnlyList<JsonElement> Arms { get; private set; } = [];

    /// <summary>The fields of each line of invocations.csv, without its head.</summary>
    public IReadOnlyList<string[]> Invocations { get; private set; } = [];

    public static Recipe Recipe(LabTraces traces, string folder) => new(
        "dotnet", SourceTree.SentoProgram, "lab", "--quick", "--environments", "150", "--seed", "7",
        "--deadline", "30", "--out", folder)
    {
        Environment = traces.Environment,
    };

    /// <summary>Itself, once it is over.</summary>
    public Task<SmallRun> Over() => _run.Value;

    public string At(string file) => Path.Combine(Folder, file);

    public JsonElement Arm(string letter) => Arms.Single(arm => LetterOf(arm) == letter);

    public static string LetterOf(JsonElement arm) =>
        arm.GetProperty("arm").GetProperty("letter").GetString()!;

    public void Dispose()
    {
        Traces.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<SmallRun> RunAsync()
    {
        Finished = await GuardedProcess.Run(Recipe(Traces, Folder), Patience);
        Assert.True(Finished.ExitCode == 0, Finished.Output + Finished.Errors);
        using var results = JsonDocument.Parse(await File.ReadAllTextAsync(At("results.json")));
        Arms = [.. results.RootElement.Clone().GetProperty("arms").EnumerateArray()];
        Invocations = [.. File.ReadLines(At("invocations.csv")).Skip(1).Select(line => line.Split(','))];
        return this;
    }
}
