using System.Text.Json;
using System.Text.Json.Serialization;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>What a load process is told on its standard input, one line.</summary>
/// <param name="Share">Its number among <paramref name="Shares"/>: environments go round.</param>
/// <param name="Connection">Npgsql's words for where to connect; empty where there is a queue.</param>
/// <param name="QueueFile">The queue; null: invocations go to the database.</param>
/// <param name="ResultFile">Where it writes what became of each invocation.</param>
internal sealed record LoadJob(
    LabPlan Plan, Arm Arm, int Round, int Share, int Shares, string Connection, string? QueueFile,
    string ResultFile)
{
    public string ToLine() => JsonSerializer.Serialize(this, LoadJson.Default.LoadJob);

    public static LoadJob Read(string line) =>
        JsonSerializer.Deserialize(line, LoadJson.Default.LoadJob)
        ?? throw new LabFault("the load process was told nothing");
}

/// <summary>What a load process says on its standard output while it works, one line each.</summary>
/// <param name="Open">Environments that hold a connection now.</param>
internal sealed record LoadProgress(int Started, int Succeeded, int Failed, int Open)
{
    public static LoadProgress None { get; } = new(0, 0, 0, 0);

    public static LoadProgress operator +(LoadProgress left, LoadProgress right) => new(
        left.Started + right.Started, left.Succeeded + right.Succeeded, left.Failed + right.Failed,
        left.Open + right.Open);

    public string ToLine() => JsonSerializer.Serialize(this, LoadJson.Default.LoadProgress);

    public static LoadProgress Read(string line) =>
        JsonSerializer.Deserialize(line, LoadJson.Default.LoadProgress) ?? None;
}

/// <summary>Reads and writes these records.</summary>
[JsonSerializable(typeof(LoadJob))]
[JsonSerializable(typeof(LoadProgress))]
internal sealed partial class LoadJson : JsonSerializerContext;
