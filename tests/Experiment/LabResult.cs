using System.Globalization;
using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Experiment;

/// <summary>A finished run of the lab, started as a person would, and what it wrote.</summary>
public sealed class LabResult
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private LabResult(FinishedProcess finished, IReadOnlyList<JsonElement> arms)
    {
        Finished = finished;
        Arms = arms;
    }

    public FinishedProcess Finished { get; }

    public IReadOnlyList<JsonElement> Arms { get; }

    /// <summary>Runs it to a good end, small, with a patience that busy machines need.</summary>
    public static Task<LabResult> Of(params string[] arguments) =>
        Of(new Dictionary<string, string?>(), arguments);

    public static async Task<LabResult> Of(
        IReadOnlyDictionary<string, string?> environment, string[] arguments)
    {
        var folder = RunFolder.Create("lab");
        var finished = await Run([.. arguments, "--out", folder], environment);
        Assert.True(finished.ExitCode == 0, finished.Output + finished.Errors);
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "results.json"));
        using var results = JsonDocument.Parse(text);
        Assert.True(File.Exists(Path.Combine(folder, "report.html")));
        Directory.Delete(folder, recursive: true);
        return new(finished, [.. results.RootElement.Clone().GetProperty("arms").EnumerateArray()]);
    }

    public static Task<FinishedProcess> Run(params string[] arguments) =>
        Run(arguments, new Dictionary<string, string?>());

    private static Task<FinishedProcess> Run(
        string[] arguments, IReadOnlyDictionary<string, string?> environment) => GuardedProcess.Run(
            new Recipe("dotnet", [SourceTree.SentoProgram, "lab", .. arguments])
            {
                Environment = environment,
            },
            Patience);

    /// <summary>An arm that ran to its end.</summary>
    public JsonElement Arm(string letter)
    {
        var found = Arms.Single(arm => SmallRun.LetterOf(arm) == letter);
        Assert.True(found.GetProperty("fault").ValueKind == JsonValueKind.Null, found.ToString());
        return found;
    }

    public static int Number(JsonElement of, string name) =>
        int.Parse(of.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);

    /// <summary>Errors of a class.</summary>
    public static int Errors(JsonElement arm, string of) => arm.GetProperty("errors").EnumerateArray()
        .Where(error => error.GetProperty("class").GetString() == of).Sum(error => Number(error, "count"));

    public static void NobodyFailed(JsonElement arm) =>
        Assert.Equal("[]", arm.GetProperty("errors").GetRawText());

    /// <summary>What was told is done is there; beyond it only what was cut off while committing.</summary>
    public static void NothingIsLostOrDoneTwice(JsonElement arm)
    {
        var succeeded = Number(arm, "succeeded");
        Assert.InRange(
            Number(arm.GetProperty("counters"), "hits"), succeeded, succeeded + Errors(arm, "unknown"));
    }
}
