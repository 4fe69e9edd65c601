using System.Text;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>Performs scripts by two doors, and says what differs.</summary>
/// <param name="one">Where the script is heard as it should be: PostgreSQL itself.</param>
/// <param name="two">Where it is to be heard the same.</param>
public sealed class Judge(Arena arena, ServerDoor one, ServerDoor two)
{
    /// <summary>A busy machine may take its time: who is answered late is answered.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_shrinkDeadline = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_shrinkTime = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Null when the script hears the same by both doors; else a report with the smallest script found.
    /// </summary>
    public async Task<string?> Judged(Script script)
    {
        var (first, second) = await Both(script, s_deadline);
        if (first.HasTimeout)
            return await BrokenReport(script);
        if (Transcript.FirstDifference(script, first, second) is null)
            return null;

        var smallest = await new Shrinker(Differs, DateTime.UtcNow + s_shrinkTime).Shrink(script);
        var (smallFirst, smallSecond) = await Both(smallest, s_deadline);
        return Transcript.FirstDifference(smallest, smallFirst, smallSecond) is not null
            ? Report(smallest, smallFirst, smallSecond)
            : "Does not repeat by itself; as first seen:\n" + Report(script, first, second);
    }

    private async Task<bool> Differs(Script script)
    {
        var (first, second) = await Both(script, s_shrinkDeadline);
        return !first.HasTimeout && Transcript.FirstDifference(script, first, second) is not null;
    }

    private async Task<(Transcript One, Transcript Two)> Both(Script script, TimeSpan deadline)
    {
        await arena.Clean();
        var first = await Performer.Perform(script, one with { Deadline = deadline });
        if (first.HasTimeout)
            return (first, first);
        await arena.Clean();
        return (first, await Performer.Perform(script, two with { Deadline = deadline }, first));
    }

    /// <summary>
    /// A script that PostgreSQL itself does not answer: the generator's fault, or PostgreSQL's.
    /// </summary>
    private async Task<string> BrokenReport(Script script)
    {
        async Task<Transcript> First(Script candidate)
        {
            await arena.Clean();
            return await Performer.Perform(candidate, one with { Deadline = s_shrinkDeadline });
        }

        var shrinker = new Shrinker(async s => (await First(s)).HasTimeout, DateTime.UtcNow + s_shrinkTime);
        var smallest = await shrinker.Shrink(script);
        var heard = await First(smallest);
        var lines = heard.Steps.Select(s => $"{s.Text}\n      {s.Heard}");
        var what = heard.HasTimeout ? "not answered at all" : "not answered at first, but then";
        return $"seed {script.Seed}: {what}:\n{string.Join('\n', lines)}";
    }

    private static string Cut(string? heard) =>
        heard is { Length: > 300 } ? $"{heard[..300]} ..." : heard ?? "";

    private static string Report(Script script, Transcript first, Transcript second)
    {
        var difference = Transcript.FirstDifference(script, first, second);
        var clients = script.Clients.Select((c, i) => $"client {i} as {c.User} {c.ParametersText}");
        var text = new StringBuilder($"seed {script.Seed}: differs.\n{string.Join('\n', clients)}\n");
        for (var i = 0; i < Math.Max(first.Steps.Count, second.Steps.Count); i++)
        {
            var (here, there) = (first.Steps.ElementAtOrDefault(i), second.Steps.ElementAtOrDefault(i));
            if (i < script.Clients.Count && i != difference)
                continue;
            text.AppendLine((here ?? there)!.Text);
            if (here?.Heard == there?.Heard)
            {
                text.AppendLine($"      both:  {Cut(here?.Heard)}");
                continue;
            }
            var mark = i == difference ? " >>" : "   ";
            text.AppendLine($"{mark}   one:   {here?.Heard}");
            text.AppendLine($"{mark}   two:   {there?.Heard}");
        }
        return text.ToString();
    }
}
