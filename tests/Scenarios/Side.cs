using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>One run of a play, directly or through the proxy: opens clients and writes down what each hears.</summary>
/// <remarks>
/// The order between two clients is not written down; the play's own order decides it. Sign-in messages are sorted,
/// since the order of ParameterStatus messages there means nothing to a client, and without the questions about the
/// password: either side may ask in its own way.
/// </remarks>
public sealed class Side(string name, ServerDoor door) : IAsyncDisposable
{
    private readonly List<(string Name, List<object> Heard)> _records = [];
    private readonly List<ScriptedClient> _clients = [];

    public string Name { get; } = name;

    public ServerDoor Door { get; } = door;

    /// <summary>All that was heard, one message per line, client by client.</summary>
    public string Transcript => string.Join('\n', _records.SelectMany(r => Lines(r.Heard).Select(l => $"{r.Name}: {l}")));

    /// <summary>A signed-in client.</summary>
    public async Task<ScriptedClient> Open(params (string Name, string Value)[] parameters)
    {
        var client = await Connect(Door.With(parameters));
        var replies = await SignIn(client);
        if (replies.Count == 0 || !replies[^1].IsReady)
            throw new InvalidOperationException($"{Name}: sign-in refused: {replies.FullText}");
        return client;
    }

    /// <summary>A client that has not said anything yet.</summary>
    public async Task<ScriptedClient> Connect(ServerDoor door)
    {
        var client = await ScriptedClient.Connect(door);
        var heard = new List<object>();
        _records.Add(($"client {_records.Count + 1}", heard));
        client.Hears = heard.Add;
        _clients.Add(client);
        return client;
    }

    /// <summary>Signs in and writes the replies down in one line.</summary>
    public async Task<Replies> SignIn(ScriptedClient client)
    {
        var heard = _records[_clients.IndexOf(client)].Heard;
        var replies = await client.SignIn();
        heard.Clear();
        heard.Add(CanonicalText.SignIn(replies));
        return replies;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
    }

    /// <summary>Messages become text late, since what stands next to each other has no order of its own.</summary>
    private static IEnumerable<string> Lines(List<object> heard)
    {
        var messages = new List<ServerMessage>();
        foreach (var item in heard)
        {
            if (item is ServerMessage message)
                messages.Add(message);
            else
                yield return (string)item;
        }
        foreach (var line in CanonicalText.Lines(messages))
            yield return line;
    }
}
