using System.Text;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>Has scenes played by two doors, and says what differs.</summary>
/// <param name="one">Where a scene is heard as it should be: the server itself.</param>
/// <param name="two">Where it is to be heard the same.</param>
public sealed class Critic(Stage stage, MySqlDoor one, MySqlDoor two)
{
    /// <summary>A busy machine may take its time: who is answered late is answered.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_cutDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_cutTime = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Null when the scene hears the same by both doors; else a report with the smallest scene found.
    /// </summary>
    public async Task<string?> Judged(Scene scene)
    {
        var (first, second) = await Both(scene, s_deadline);
        if (first.HasTimeout)
            return $"seed {scene.Seed}: the server itself does not answer:\n" + Report(scene, first, first);
        if (Record.FirstDifference(first, second) is null)
            return null;
        var smallest = await new Cutter(Differs, DateTime.UtcNow + s_cutTime).Cut(scene);
        var (smallFirst, smallSecond) = await Both(smallest, s_deadline);
        return Record.FirstDifference(smallFirst, smallSecond) is not null
            ? Report(smallest, smallFirst, smallSecond)
            : "Does not repeat by itself; as first seen:\n" + Report(scene, first, second);
    }

    private async Task<bool> Differs(Scene scene)
    {
        var (first, second) = await Both(scene, s_cutDeadline);
        return !first.HasTimeout && Record.FirstDifference(first, second) is not null;
    }

    private async Task<(Record One, Record Two)> Both(Scene scene, TimeSpan deadline)
    {
        await stage.Clean();
        var first = await Play(one);
        if (first.HasTimeout)
            return (first, first);
        await stage.Clean();
        return (first, await Play(two));

        Task<Record> Play(MySqlDoor door) => Director.Play(
            scene, door with { Server = door.Server with { Deadline = deadline } }, stage.Name);
    }

    private static string Report(Scene scene, Record first, Record second)
    {
        var difference = Record.FirstDifference(first, second);
        var clients = scene.Clients.Select((client, i) => $"client {i}: {client}");
        var text = new StringBuilder($"seed {scene.Seed}: differs.\n{string.Join('\n', clients)}\n");
        for (var i = 0; i < Math.Max(first.Turns.Count, second.Turns.Count); i++)
        {
            var (here, there) = (first.Turns.ElementAtOrDefault(i), second.Turns.ElementAtOrDefault(i));
            text.AppendLine(here.Text ?? there.Text);
            if (here.Heard == there.Heard)
            {
                text.AppendLine($"      both:  {(here.Heard.Length > 300 ? here.Heard[..300] : here.Heard)}");
                continue;
            }
            var mark = i == difference ? " >>" : "   ";
            text.AppendLine($"{mark}   one:   {here.Heard}");
            text.AppendLine($"{mark}   two:   {there.Heard}");
        }
        return text.ToString();
    }
}
