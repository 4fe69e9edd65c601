using System.Text;

namespace Sento.Tests.Isolation;

/// <summary>Performs scripts both ways, and says what differs.</summary>
public sealed class Judge(Arena arena)
{
    private static readonly TimeSpan s_shrinkTime = TimeSpan.FromSeconds(60);

    /// <summary>Null when the script hears the same both ways; else a report with the smallest script found.</summary>
    public async Task<string?> Judged(Script script)
    {
        var (direct, through) = await Both(script, TimeSpan.FromSeconds(10));
        if (direct.HasTimeout)
            return $"seed {script.Seed}: the script itself is broken, directly:\n{Side(direct)}";
        if (Transcript.FirstDifference(script, direct, through) is null)
            return null;

        var first = (script, direct, through);
        var shrinker = new Shrinker(Differs, DateTime.UtcNow + s_shrinkTime);
        var smallest = await shrinker.Shrink(script);
        (direct, through) = await Both(smallest, TimeSpan.FromSeconds(10));
        if (Transcript.FirstDifference(smallest, direct, through) is not null)
            return Report(smallest, direct, through);
        return "Does not repeat by itself; as first seen:\n" + Report(first.script, first.direct, first.through);
    }

    private async Task<bool> Differs(Script script)
    {
        var (direct, through) = await Both(script, TimeSpan.FromSeconds(2));
        return !direct.HasTimeout && Transcript.FirstDifference(script, direct, through) is not null;
    }

    private async Task<(Transcript Direct, Transcript Through)> Both(Script script, TimeSpan deadline)
    {
        await arena.Clean();
        var direct = await Performer.Perform(script, arena.Direct with { Deadline = deadline });
        await arena.Clean();
        var through = await Performer.Perform(script, arena.Through! with { Deadline = deadline }, direct);
        return (direct, through);
    }

    private static string Report(Script script, Transcript direct, Transcript through)
    {
        var difference = Transcript.FirstDifference(script, direct, through);
        var text = new StringBuilder($"seed {script.Seed}: differs. The script:\n{script.Text}\n\nHeard:\n");
        for (var i = 0; i < Math.Max(direct.Steps.Count, through.Steps.Count); i++)
        {
            var (one, two) = (direct.Steps.ElementAtOrDefault(i), through.Steps.ElementAtOrDefault(i));
            text.AppendLine((one ?? two)!.Text);
            if (one?.Heard == two?.Heard)
            {
                text.AppendLine($"      both:    {one?.Heard}");
                continue;
            }
            text.AppendLine($"{(i == difference ? " >> " : "    ")}  direct:  {one?.Heard}");
            text.AppendLine($"{(i == difference ? " >> " : "    ")}  through: {two?.Heard}");
        }
        return text.ToString();
    }

    private static string Side(Transcript transcript) =>
        string.Join('\n', transcript.Steps.Select(s => $"{s.Text}\n      {s.Heard}"));
}
