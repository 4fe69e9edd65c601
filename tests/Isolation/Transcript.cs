namespace Sento.Tests.Isolation;

/// <summary>All that the clients of one run heard, step by step.</summary>
public sealed class Transcript : IRecord
{
    private readonly List<StepRecord> _steps = [];

    public IReadOnlyList<StepRecord> Steps => _steps;

    public IReadOnlyList<(string Text, string Heard)> Heard =>
        [.. _steps.Select(step => (step.Text, step.Heard))];

    public bool HasTimeout { get; set; }

    public void Add(StepRecord record) => _steps.Add(record);

    /// <summary>The first step after which the two differ, or null.</summary>
    public static int? FirstDifference(Script script, Transcript one, Transcript two)
    {
        for (var i = 0; i < Math.Max(one.Steps.Count, two.Steps.Count); i++)
        {
            if (i >= one.Steps.Count || i >= two.Steps.Count)
                return i;
            if (!Same(script, one.Steps[i], two.Steps[i]))
                return i;
        }
        return null;
    }

    private static bool Same(Script script, StepRecord one, StepRecord two)
    {
        for (var client = 0; client < script.Clients.Count; client++)
        {
            var isHeard = one.Notifications[client].SequenceEqual(two.Notifications[client]);
            if (!script.Clients[client].IsPolluter && !isHeard)
                return false;
        }
        return script.Clients[one.Client].IsPolluter || Same([.. one.Lines], [.. two.Lines]);
    }

    private static bool Same(ReadOnlySpan<string> one, ReadOnlySpan<string> two)
    {
        while (one.Length > 0 && two.Length > 0)
        {
            if (one[0] == two[0])
            {
                one = one[1..];
                two = two[1..];
                continue;
            }
            if (!IsRefusedForTheTransaction(one[0], two[0]))
                return false;
            // What stands behind it in its group differs as well, up to the transaction's state.
            one = one[ReadyIndex(one)..];
            two = two[ReadyIndex(two)..];
        }
        return one.Length == two.Length;
    }

    /// <summary>
    /// A statement that the server connection does not have yet can't be prepared in a failed transaction: a
    /// Bind that is wrong besides, or a Describe of what returns nothing, is refused for the transaction
    /// there (docs/protocols/postgres.md).
    /// </summary>
    private static bool IsRefusedForTheTransaction(string one, string two) =>
        two.StartsWith("E(S=ERROR C=25P02 ", StringComparison.Ordinal)
        && (one.StartsWith("t(", StringComparison.Ordinal)
            || one.StartsWith("E(S=ERROR C=08P01 M=bind message supplies", StringComparison.Ordinal));

    private static int ReadyIndex(ReadOnlySpan<string> lines)
    {
        var index = 0;
        while (index < lines.Length && !lines[index].StartsWith("Z(", StringComparison.Ordinal))
            index++;
        return index;
    }
}

/// <summary>What was heard in one step.</summary>
/// <param name="Text">The step as a person reads it.</param>
/// <param name="Lines">The canonical texts of the answers, in order.</param>
/// <param name="Notifications">For each client the notifications that it heard since the step before.</param>
public sealed record StepRecord(
    int Client, string Text, IReadOnlyList<string> Lines, IReadOnlyList<IReadOnlyList<string>> Notifications)
{
    public string Heard
    {
        get
        {
            var told = Notifications.SelectMany(
                (list, client) => list.Select(text => $"[client {client}: {text}]"));
            return string.Join("  ", Lines.Concat(told));
        }
    }
}
