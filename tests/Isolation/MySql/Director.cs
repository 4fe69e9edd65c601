using System.Net.Sockets;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>Plays one scene once, and writes down what each client hears.</summary>
public static class Director
{
    /// <param name="isShared">
    /// All clients take turns on one connection: what a proxy without any care would be. Only for proving
    /// that
    /// the comparison notices.
    /// </param>
    public static async Task<Record> Play(Scene scene, MySqlDoor door, string arena, bool isShared = false)
    {
        var record = new Record();
        var actors = new Actor[scene.Clients.Count];
        try
        {
            for (var i = 0; i < actors.Length; i++)
            {
                var beginning = scene.Clients[i];
                actors[i] = isShared && i > 0 ? actors[0] : new Actor(door, arena);
                if (!isShared || i == 0)
                    await Turn(record, $"  {i}: signs in", hears => actors[i].Begin(beginning, hears));
            }
            foreach (var turn in scene.Turns)
            {
                await Turn(record, turn.Text, hears => turn.Deed.Do(actors[turn.Client], hears));
                if (record.HasTimeout)
                    break;
            }
            foreach (var actor in actors)
                await actor.End();
            return record;
        }
        finally
        {
            foreach (var actor in actors)
            {
                if (actor is not null)
                    await actor.DisposeAsync();
            }
        }
    }

    private static async Task Turn(Record record, string text, Func<Action<string>, Task> deed)
    {
        var heard = new List<string>();
        try
        {
            await deed(heard.Add);
        }
        catch (TimeoutException late)
        {
            heard.Add($"late: {late.Message}");
            record.HasTimeout = true;
        }
        catch (Exception broken) when (broken is IOException or SocketException or FormatException
            or InvalidOperationException)
        {
            heard.Add($"{broken.GetType().Name}");
        }
        record.Add(text, heard);
    }
}
