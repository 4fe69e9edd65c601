using System.Text.Json;
using System.Text.Json.Serialization;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>What a load process is told on its standard input, one line.</summary>
/// <param name="Share">Which environments are its own.</param>
/// <param name="Address">Where they connect.</param>
/// <param name="Key">Signs a token for each connection; null: the password.</param>
/// <param name="QueueFile">The queue; null: invocations go to the database.</param>
/// <param name="ResultFile">Where it writes what became of each invocation.</param>
internal sealed record LoadJob(
    LabPlan Plan, Arm Arm, int Round, LoadShare Share, LabAddress Address, TokenKey? Key, string? QueueFile,
    string ResultFile)
{
    public string ToLine() => JsonSerializer.Serialize(this, LoadJson.Default.LoadJob);

    public static LoadJob Read(string line) =>
        JsonSerializer.Deserialize(line, LoadJson.Default.LoadJob)
        ?? throw new LabFault("the load process was told nothing");
}

/// <summary>The environments of one process.</summary>
/// <param name="Only">One alone, in a process of its own; null: those that go round.</param>
/// <param name="First">The first of those that share processes: the ones before have their own.</param>
internal sealed record LoadShare(int Number, int Count, int First, int? Only)
{
    /// <summary>Environments that are processes of their own come first.</summary>
    public static IEnumerable<LoadShare> Of(LabPlan plan, int own)
    {
        own = Math.Min(own, plan.Environments);
        return Enumerable.Range(0, plan.LoadProcesses)
            .Select(number => new LoadShare(number, plan.LoadProcesses, own, null))
            .Concat(Enumerable.Range(0, own).Select(only => new LoadShare(only, own, 0, only)));
    }

    public bool Has(int environment) => Only is { } only
        ? environment == only
        : environment >= First && environment % Count == Number;
}

/// <summary>An access key whose user may sign in with tokens.</summary>
public sealed record TokenKey(string Id, string Secret, string Region);

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
