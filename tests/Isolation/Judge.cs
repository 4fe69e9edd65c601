using System.Text;

namespace Sento.Tests.Isolation;

/// <summary>What several clients do, wholly given by a seed.</summary>
public interface IScript
{
    int Seed { get; }

    /// <summary>As a person reads it.</summary>
    string Text { get; }

    /// <summary>A line for each client: how it signs in.</summary>
    IReadOnlyList<string> ClientTexts { get; }
}

/// <summary>
/// All that the clients of one run heard, step by step; the first steps are their sign-ins.
/// </summary>
public interface IRecord
{
    /// <summary>A client waited in vain for an answer: such a run proves nothing.</summary>
    bool HasTimeout { get; }

    IReadOnlyList<(string Text, string Heard)> Heard { get; }
}

/// <summary>Has scripts played by two doors, and says what differs.</summary>
public abstract class Judge<TScript, TRecord>
    where TScript : IScript
    where TRecord : class, IRecord
{
    /// <summary>A busy machine may take its time: who is answered late is answered.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_shrinkDeadline = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_shrinkTime = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Null when the script hears the same by both doors; else a report with the smallest script found.
    /// </summary>
    public async Task<string?> Judged(TScript script)
    {
        var (first, second) = await Both(script, s_deadline);
        if (first.HasTimeout)
            return await Unanswered(script);
        if (FirstDifference(script, first, second) is null)
            return null;
        var smallest = await Shrunk(script, Differs, DateTime.UtcNow + s_shrinkTime);
        var (smallFirst, smallSecond) = await Both(smallest, s_deadline);
        return FirstDifference(smallest, smallFirst, smallSecond) is not null
            ? Report(smallest, smallFirst, smallSecond)
            : "Does not repeat by itself; as first seen:\n" + Report(script, first, second);
    }

    /// <summary>As before the first script.</summary>
    protected abstract Task Clean();

    /// <param name="first">Null: by the first door, the server's own; else by the second.</param>
    protected abstract Task<TRecord> Play(TScript script, TimeSpan deadline, TRecord? first);

    protected abstract int? FirstDifference(TScript script, TRecord first, TRecord second);

    /// <summary>The smallest script found that still does it.</summary>
    protected abstract Task<TScript> Shrunk(
        TScript script, Func<TScript, Task<bool>> stillDoes, DateTime deadline);

    private async Task<bool> Differs(TScript script)
    {
        var (first, second) = await Both(script, s_shrinkDeadline);
        return !first.HasTimeout && FirstDifference(script, first, second) is not null;
    }

    private async Task<(TRecord One, TRecord Two)> Both(TScript script, TimeSpan deadline)
    {
        await Clean();
        var first = await Play(script, deadline, null);
        if (first.HasTimeout)
            return (first, first);
        await Clean();
        return (first, await Play(script, deadline, first));
    }

    /// <summary>
    /// A script that the server itself does not answer: the generator's fault, or the server's.
    /// </summary>
    private async Task<string> Unanswered(TScript script)
    {
        async Task<TRecord> First(TScript candidate)
        {
            await Clean();
            return await Play(candidate, s_shrinkDeadline, null);
        }

        var smallest = await Shrunk(
            script, async shorter => (await First(shorter)).HasTimeout, DateTime.UtcNow + s_shrinkTime);
        var heard = await First(smallest);
        var lines = heard.Heard.Select(step => $"{step.Text}\n      {step.Heard}");
        var what = heard.HasTimeout ? "not answered at all" : "not answered at first, but then";
        return $"seed {script.Seed}: {what}:\n{string.Join('\n', lines)}";
    }

    private string Report(TScript script, TRecord first, TRecord second)
    {
        var difference = FirstDifference(script, first, second);
        var text = new StringBuilder(
            $"seed {script.Seed}: differs.\n{string.Join('\n', script.ClientTexts)}\n");
        for (var i = 0; i < Math.Max(first.Heard.Count, second.Heard.Count); i++)
        {
            var (here, there) = (first.Heard.ElementAtOrDefault(i), second.Heard.ElementAtOrDefault(i));
            if (i < script.ClientTexts.Count && i != difference)
                continue;
            text.AppendLine(here.Text ?? there.Text);
            if (here.Heard == there.Heard)
            {
                text.AppendLine($"      both:  {Cut(here.Heard)}");
                continue;
            }
            var mark = i == difference ? " >>" : "   ";
            text.AppendLine($"{mark}   one:   {here.Heard}");
            text.AppendLine($"{mark}   two:   {there.Heard}");
        }
        return text.ToString();
    }

    private static string Cut(string heard) => heard.Length > 300 ? $"{heard[..300]} ..." : heard;
}
