using System.Text.Json;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>The files of a run, written into its folder.</summary>
/// <param name="All">Their paths, the report first.</param>
public sealed record LabFiles(IReadOnlyList<string> All)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    public static LabFiles Write(RunResult run, string folder, Phrases phrases)
    {
        var files = new List<string>();
        Add("report.html", HtmlReport.Write(run, phrases));
        Add("results.json", JsonSerializer.Serialize(run, Json));
        Add("moments.csv", MomentsTable.Write(run));
        files.Add(Path.Combine(folder, "invocations.csv"));
        Add("connections.svg", ConnectionsPicture.Write(run, phrases));
        return new(files);

        void Add(string name, string text)
        {
            files.Add(Path.Combine(folder, name));
            File.WriteAllText(files[^1], text);
        }
    }
}
