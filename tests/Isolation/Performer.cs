using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>How a script's clients are connected.</summary>
public enum Wiring
{
    /// <summary>Each client on a connection of its own, as its start-up parameters say.</summary>
    Own,

    /// <summary>
    /// All clients take turns on one connection: what a proxy without any care would be. Only for proving that the
    /// comparison notices.
    /// </summary>
    Shared,
}

/// <summary>Performs one script once, and writes down what each client hears.</summary>
public sealed class Performer : IAsyncDisposable
{
    private readonly Script _script;
    private readonly ServerDoor _door;
    private readonly Wiring _wiring;
    private readonly Transcript _transcript = new();
    private readonly ScriptedClient?[] _clients;
    private readonly bool[] _isSkipping;
    private readonly List<string>[] _notifications;

    private Performer(Script script, ServerDoor door, Wiring wiring)
    {
        _script = script;
        _door = door;
        _wiring = wiring;
        _clients = new ScriptedClient?[script.Clients.Count];
        _isSkipping = new bool[script.Clients.Count];
        _notifications = [.. script.Clients.Select(_ => new List<string>())];
    }

    /// <param name="expected">
    /// A run to compare with: after each step, notifications that were heard there by then are waited for.
    /// </param>
    public static async Task<Transcript> Perform(
        Script script, ServerDoor door, Transcript? expected = null, Wiring wiring = Wiring.Own)
    {
        await using var performer = new Performer(script, door, wiring);
        for (var client = 0; client < script.Clients.Count; client++)
            performer.Record(client, $"  {client}: signs in", await performer.SignIn(client));
        var known = script.Clients.Count;
        foreach (var step in script.Steps)
        {
            var lines = await performer.Answer(step);
            if (expected?.Steps.ElementAtOrDefault(known++) is { } then)
                await performer.AwaitNotifications(then);
            performer.Record(step.Client, step.Text, lines);
            if (performer._transcript.HasTimeout)
                break;
        }
        await performer.SayGoodbye();
        return performer._transcript;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            if (client is not null)
                await client.DisposeAsync();
        }
    }

    private void Record(int client, string text, IReadOnlyList<string> lines)
    {
        string[][] heard = [.. _notifications.Select(n => n.ToArray())];
        foreach (var list in _notifications)
            list.Clear();
        _transcript.Add(new StepRecord(client, text, lines, heard));
    }

    private async Task<List<string>> SignIn(int client)
    {
        if (_wiring == Wiring.Shared && client > 0)
        {
            _clients[client] = _clients[0];
            return ["shares"];
        }
        var setup = _script.Clients[client];
        try
        {
            var opened = await ScriptedClient.Connect(
                _door with { User = setup.User, Parameters = [.. setup.Parameters] });
            _clients[client] = opened;
            return [CanonicalText.SignIn(await opened.SignIn())];
        }
        catch (Exception broken) when (broken is IOException or TimeoutException or InvalidOperationException)
        {
            _transcript.HasTimeout = true;
            return [$"sign-in broken: {broken.Message}"];
        }
    }

    private async Task<List<string>> Answer(Step step)
    {
        var client = _clients[step.Client]!;
        if (step.Reconnects)
            return await Reconnect(step.Client);
        var heard = new List<ServerMessage>();
        try
        {
            await client.Send([.. step.Pieces.Select(p => p.Bytes)]);
            await Receive(step, client, heard);
            return CanonicalText.Lines(heard);
        }
        catch (Exception broken) when (broken is IOException or TimeoutException or InvalidDataException)
        {
            _transcript.HasTimeout = true;
            return [.. CanonicalText.Lines(heard), $"broken: {broken.Message}"];
        }
    }

    private async Task<List<string>> Reconnect(int client)
    {
        if (_wiring == Wiring.Shared)
            return ["shares"];
        await _clients[client]!.Terminate();
        await _clients[client]!.DisposeAsync();
        _isSkipping[client] = false;
        return await SignIn(client);
    }

    private async Task Receive(Step step, ScriptedClient client, List<ServerMessage> heard)
    {
        var ready = step.Pieces.Sum(p => p.ReadyCount);
        while (ready > 0)
        {
            if (await Next(step.Client, client) is not { } message)
                continue;
            heard.Add(message);
            if (message.IsReady)
                ready--;
        }
        if (step.Pieces.Any(p => p.ReadyCount > 0))
            _isSkipping[step.Client] = false;

        // A flushed group: complete with its last CloseComplete, or cut short by an error; silent after one.
        var closes = step.Pieces is [.., { CloseCount: > 0 } last] ? last.CloseCount : 0;
        while (closes > 0 && !_isSkipping[step.Client])
        {
            if (await Next(step.Client, client) is not { } message)
                continue;
            heard.Add(message);
            _isSkipping[step.Client] = message.IsError;
            if (message.Code == '3')
                closes--;
        }
    }

    /// <summary>The next message, or null when it was a notification, which has its own list.</summary>
    private async Task<ServerMessage?> Next(int client, ScriptedClient from)
    {
        var message = await from.Receive();
        if (message.Code != 'A')
            return message;
        _notifications[client].Add(message.Text);
        return null;
    }

    private async Task AwaitNotifications(StepRecord then)
    {
        for (var client = 0; client < _clients.Length; client++)
        {
            try
            {
                while (_notifications[client].Count < then.Notifications[client].Count)
                {
                    if (await Next(client, _clients[client]!) is { } stray)
                        _notifications[client].Add($"not a notification: {CanonicalText.Line(stray)}");
                }
            }
            catch (Exception late) when (late is TimeoutException or IOException)
            {
                _notifications[client].Add("nothing more came");
            }
        }
    }

    private async Task SayGoodbye()
    {
        foreach (var client in _clients.Distinct())
        {
            try
            {
                if (client is not null)
                    await client.Terminate();
            }
            catch (Exception gone) when (gone is IOException or TimeoutException)
            {
                // Its answers are compared already.
            }
        }
    }
}
